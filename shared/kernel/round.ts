/** Rounds to a number of decimals: sums and quotients of binary numbers have up to 17 digits, such as 0.30000000000000004. */
export const round = (value: number, decimals: number): number => Number(value.toFixed(decimals))

/** Rounds a share, a mean or a score to the decimals that the API shows and the table stores. */
export const roundShare = (share: number): number => round(share, 4)
