/**
 * SES configuration sets of the template: the reasons for which mail is suppressed, and the events that are sent to the
 * default event bus.
 */
import type { Resource, Template } from '../../runtime/template.ts'

/** Reason for an entry of the account's suppression list. */
export type SuppressionReason = 'BOUNCE' | 'COMPLAINT'

export interface ConfigurationSet {
  readonly name: string
  readonly arn: string
  /** Reasons for which addresses are added to the suppression list, and for which mail to listed addresses is not sent. */
  readonly suppressedReasons: readonly SuppressionReason[]
  /** Event types in lower case. */
  readonly events: ReadonlySet<string>
}

/** Default of a new account, for sets without suppression options and for mail without a set. */
export const accountSuppressedReasons: readonly SuppressionReason[] = ['BOUNCE', 'COMPLAINT']

interface EventDestination {
  readonly Enabled?: boolean
  readonly EventBridgeDestination?: { readonly EventBusArn: string }
  readonly MatchingEventTypes: readonly string[]
}

/** The sets by name. @throws Error if a set has an event destination that is not emulated */
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

/** Event types in lower case: CloudFormation accepts `deliveryDelay` and `DELIVERY_DELAY`. */
const eventTypes = ({ logicalId, properties }: Resource): string[] => {
  const { Enabled, EventBridgeDestination, MatchingEventTypes } =
    properties.EventDestination as EventDestination
  if (!EventBridgeDestination?.EventBusArn.endsWith(':event-bus/default')) {
    throw new Error(`${logicalId}: the local cloud publishes mail events to the default event bus only`)
  }
  return Enabled === false ? [] : MatchingEventTypes.map(type => type.toLowerCase().replaceAll('_', ''))
}
