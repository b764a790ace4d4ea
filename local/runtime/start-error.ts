/** A reason why the local cloud cannot start that its user can remove: shown without a stack trace. */
export class StartError extends Error {}
