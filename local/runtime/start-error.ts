/** An error at the start that the user can fix. It is shown without a stack trace. */
export class StartError extends Error {}
