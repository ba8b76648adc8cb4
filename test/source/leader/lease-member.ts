import { openKafkaLeaderLease } from '../../../src/source/leader/kafka-leader-lease.ts'
import { idleMeter, silentLog } from '../../given.ts'
import { wallClock } from '../kafka/kafka-play.ts'
import { quick } from './lease-play.ts'

/** A process that takes the lease and says so; it is there to be killed. */
const [brokers = '', groupId = '', topic = ''] = process.argv.slice(2)
const settings = { brokers: [brokers], clientId: 'test-killed', groupId, topic, times: quick }
const ports = { log: silentLog, meter: idleMeter, clock: wallClock }
await openKafkaLeaderLease(settings, ports).run(
  (term) =>
    new Promise((resolve) => {
      process.stdout.write('seated\n')
      term.addEventListener('abort', () => resolve(), { once: true })
    }),
)
