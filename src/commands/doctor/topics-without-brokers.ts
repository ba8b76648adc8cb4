import type { ConnectionsFile } from '../../config/connections.ts'
import type { Settings } from '../../config/settings.ts'

/** Why topics that connections name would never be read, for `doctor` and `start` alike. */
export function topicsWithoutBrokers(
  { CURFEW_KAFKA_BROKERS: brokers }: Pick<Settings, 'CURFEW_KAFKA_BROKERS'>,
  connections: ConnectionsFile | undefined,
): string | undefined {
  const topics = (connections?.instances ?? []).flatMap((instance) => instance.topics)
  if (topics.length === 0 || brokers !== undefined) return undefined
  return `the connections name topics to read (${topics.length}), and there are no brokers; set CURFEW_KAFKA_BROKERS`
}
