import type { Connection, ConnectionsFile, Resolved, SecretOf } from '../config/connections.ts'
import { resolveSecrets } from '../config/connections.ts'
import type { Connector } from '../connectors/connector.ts'
import { CurfewError } from '../contract/errors.ts'
import { greatestOf } from '../contract/extremes.ts'
import type { Policy } from '../contract/policy.ts'
import type { Clock, Send } from '../contract/ports.ts'
import type { Binding } from '../contract/raw-message.ts'
import type { OpenProvider } from '../enforce/provider-kit/provider.ts'

/** One connection to an identity provider, with its secrets in place. */
export interface Instance {
  readonly connection: Connection
  readonly binding: Binding
  readonly settings: Resolved['settings']
  /** A webhook may be signed with any of them. */
  readonly webhookSecrets: readonly string[]
  /** Of the provider that the connection names. */
  readonly connector: Connector | undefined
  /** Undefined where sessions are neither listed nor ended: events are only judged. */
  readonly provider: OpenProvider | undefined
}

/**
 * Opens the provider of every connection that has one.
 *
 * @throws CurfewError SETTINGS_INVALID listing, for every connection at once, an unknown provider,
 *   settings that do not fit its schema, and secrets that are not there.
 */
export function openInstances(
  { instances }: ConnectionsFile,
  connectors: readonly Connector[],
  ports: { readonly send: Send; readonly clock: Clock; readonly secretOf: SecretOf },
): readonly Instance[] {
  const problems: string[] = []
  const opened = instances.flatMap((connection) => {
    try {
      return [openInstance(connection, connectors, ports)]
    } catch (error) {
      if (!(error instanceof CurfewError)) throw error
      problems.push(error.message)
      return []
    }
  })
  if (problems.length === 0) return opened
  const list = problems.map((problem) => `\n  ${problem}`).join('')
  throw new CurfewError('SETTINGS_INVALID', `the connections cannot be opened:${list}`)
}

/**
 * Adds the coarsest rounding of times by any provider to the policy's clock uncertainty: a needless
 * approval costs less than ending a session that was created after its cause.
 */
export function withRounding(policy: Policy, instances: readonly Instance[]): Policy {
  const roundings = instances.map(({ provider }) => provider?.capabilities.timeRoundingMs ?? 0)
  const clockUncertaintyMs = policy.timing.clockUncertaintyMs + (greatestOf(roundings) ?? 0)
  return { ...policy, timing: { ...policy.timing, clockUncertaintyMs } }
}

/** Client ids that a provider's events name for our own revocations. */
export function ownClientsOf(instances: readonly Instance[]): readonly string[] {
  const ids = instances.map(({ provider }) => provider?.capabilities.ownClientId ?? '')
  return [...new Set(ids.filter((id) => id !== ''))]
}

/** How an instance's events are read, by its connection, whatever source they come from. */
export function readingOf({
  trusted_hops: trustedHops,
  public_clients: publicClients,
  settings: { realm },
}: Connection): Pick<Binding, 'realm' | 'trustedHops' | 'publicClients'> {
  return {
    ...(typeof realm === 'string' ? { realm } : {}),
    ...(trustedHops === undefined ? {} : { trustedHops }),
    ...(publicClients === undefined ? {} : { publicClients }),
  }
}

function openInstance(
  connection: Connection,
  connectors: readonly Connector[],
  {
    secretOf,
    ...ports
  }: { readonly send: Send; readonly clock: Clock; readonly secretOf: SecretOf },
): Instance {
  const { tenant, instance, provider: id } = connection
  const connector = connectors.find((each) => each.id === id)
  if (id !== undefined && !connector) {
    throw new CurfewError(
      'SETTINGS_INVALID',
      `${tenant}/${instance}: there is no provider '${id}'; known are ${connectors.map((each) => each.id).join(', ')}`,
    )
  }
  const resolved = resolveSecrets(connection, secretOf)
  const binding: Binding = {
    tenant,
    instance,
    lane: 'live',
    mayAct: true,
    trusted: [],
    ...readingOf(connection),
  }
  try {
    const provider = connector?.provider?.open(resolved.settings, ports)
    return { connection, binding, ...resolved, connector, provider }
  } catch (error) {
    if (!(error instanceof CurfewError)) throw error
    throw new CurfewError('SETTINGS_INVALID', `${tenant}/${instance}: ${error.message}`)
  }
}
