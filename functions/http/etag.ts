/** Versions as entity tags: strong ETags that hold the version number. */

export const etagOf = (version: number): string => `"${version}"`

/** Reads the version that an If-Match names; undefined if it is no ETag of ours. */
export const versionIn = (ifMatch: string): number | undefined => {
  const [, version] = /^"([1-9]\d{0,14})"$/.exec(ifMatch) ?? []
  return version === undefined ? undefined : Number(version)
}
