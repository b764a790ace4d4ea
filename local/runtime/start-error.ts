/** Why the local cloud cannot start, in words for the person who started it; a stack trace would tell nothing. */
export class StartError extends Error {}
