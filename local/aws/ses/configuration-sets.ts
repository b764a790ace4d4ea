/**
 * SES's configuration sets, as the template declares them: for which reasons mail is held back, and which events
 * are put on the default bus.
 */
import type { Resource, Template } from '../../runtime/template.ts'

/** Why SES puts an address on the account's suppression list. */
export type SuppressionReason = 'BOUNCE' | 'COMPLAINT'

export interface ConfigurationSet {
  readonly name: string
  readonly arn: string
  /** Which entries of the suppression list hold its mail back, and which of its feedback makes such entries. */
  readonly suppressedReasons: readonly SuppressionReason[]
  /** Event types in lower case. */
  readonly events: ReadonlySet<string>
}

/** What a new account has, and so the sets that say nothing of it and the mail without a set. */
export const accountSuppressedReasons: readonly SuppressionReason[] = ['BOUNCE', 'COMPLAINT']

interface EventDestination {
  readonly Enabled?: boolean
  readonly EventBridgeDestination?: { readonly EventBusArn: string }
  readonly MatchingEventTypes: readonly string[]
}

/** By name. Throws where a set has a destination that has no local counterpart. */
export const configurationSets = (template: Template): ReadonlyMap<string, ConfigurationSet> => {
  const destinations = template.ofType('AWS::SES::ConfigurationSetEventDestination')
  const sets = template.ofType('AWS::SES::ConfigurationSet').map(({ ref, arn, properties }) => {
    const { SuppressedReasons } = (properties.SuppressionOptions ?? {}) as {
      SuppressedReasons?: SuppressionReason[]
    }
    const own = destinations.filter(({ properties }) => properties.ConfigurationSetName === ref)
    const set: ConfigurationSet = {
      name: ref,
      arn,
      suppressedReasons: SuppressedReasons ?? accountSuppressedReasons,
      events: new Set(own.flatMap(eventTypes)),
    }
    return [ref, set] as const
  })
  return new Map(sets)
}

/** CloudFormation takes `deliveryDelay` and the API's `DELIVERY_DELAY` alike. */
const eventTypes = ({ logicalId, properties }: Resource): string[] => {
  const { Enabled, EventBridgeDestination, MatchingEventTypes } =
    properties.EventDestination as EventDestination
  if (!EventBridgeDestination?.EventBusArn.endsWith(':event-bus/default')) {
    throw new Error(`${logicalId}: the local cloud publishes mail events to the default event bus only`)
  }
  return Enabled === false ? [] : MatchingEventTypes.map(type => type.toLowerCase().replaceAll('_', ''))
}
