/** Time limits of calls to AWS, in milliseconds. */
export const timeouts = {
  connectionTimeout: 1000,
  requestTimeout: 5000,
  // By default the SDK only warns.
  throwOnRequestTimeout: true,
}
