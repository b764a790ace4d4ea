/** Limits of one request. They are checked before the part that they limit is parsed. */
export const limits = {
  /**
   * Bytes of a body. The largest valid one is a taxonomy, of at most 200,000 bytes. DynamoDB stores at most 400 KB in an item,
   * and API Gateway accepts 10 MB.
   */
  bodyBytes: 262_144,
  /** Values in a JSON body: objects, lists and what they contain. A full taxonomy has fewer; a schema reads them in 0.2 s. */
  bodyValues: 50_000,
  /** Nesting of objects and lists in a body. Deeper input would exceed the call stack of `JSON.parse`. */
  bodyDepth: 100,
  /** Fields of a form. The longest form of a page has 9 fields, and one for each of at most 20 partners. */
  formFields: 50,
  /** Bytes of a query. API Gateway accepts 10,240 bytes of request line and headers together, of which a token needs up to 2,000. */
  queryBytes: 8192,
  /** Faults that one response lists. */
  listedFaults: 100,
  /** Unknown fields of one object that a response lists by name. */
  listedFields: 20,
  /** Characters of a name from the request that a response repeats. */
  repeatedCharacters: 100,
} as const
