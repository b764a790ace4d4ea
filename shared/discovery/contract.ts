/** Public interface of directory, reputation, routing and insights: schemas, types and operations that other modules may use. */
export { directoryFaults, directoryOperations, type Suggestion, suggestion } from './directory/contract.ts'
export { insightOperations, leverAdvice } from './insights/contract.ts'
export { learnedEvents } from './reputation/contract.ts'
export { type Candidate, type RoutingDecision, routingOperations } from './routing/contract.ts'
