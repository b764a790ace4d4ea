/** How long a call to AWS may take, in milliseconds: an answer that is not there by then is not coming. */
export const timeouts = {
  connectionTimeout: 1000,
  requestTimeout: 5000,
  // Without it the SDK only warns.
  throwOnRequestTimeout: true,
}
