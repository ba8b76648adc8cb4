import { expect, it } from 'vitest'
import { defaultPolicy } from '../../src/config/policy.ts'
import type { CodeFault } from '../../src/contract/code-fault.ts'
import type { SessionEvent } from '../../src/contract/event.ts'
import type { Batch } from '../../src/contract/raw-message.ts'
import { makeDecode } from '../../src/decode/decode.ts'
import { format as sessionEventV1 } from '../../src/decode/formats/session-event-v1.ts'
import { makeDetect } from '../../src/detect/detect.ts'
import type { Detector } from '../../src/detect/detector.ts'
import { nothing } from '../../src/detect/detector.ts'
import { detector as usedAfterRevoked } from '../../src/detect/detectors/used-after-revoked.ts'
import { openEnrich } from '../../src/enrich/enrich.ts'
import { makeCondemn } from '../../src/impose/condemn.ts'
import { makeImpose } from '../../src/impose/impose.ts'
import type { Stages } from '../../src/journey.ts'
import { makeRecall } from '../../src/recall/recall.ts'
import { makeDeliver } from '../../src/runtime/ingest.ts'
import { envelopes } from '../decode/given.ts'
import { idleMeter } from '../given.ts'
import type { Told } from './world.ts'
import { bindingOf, evening, messageOf, minute, pseudonym, second } from './world.ts'

/** Found in no message: what is thrown repeats it, and nobody else may. */
const secret = 'ada@example.com'
const poisonId = 'poison'

function throwOn(id: string): void {
  if (id === poisonId) throw new RangeError(`cannot read ${secret}`)
}

/** An event of which one field cannot be read: it stands for code that throws where it reads it. */
function poisoned(event: SessionEvent, field: keyof SessionEvent): SessionEvent {
  if (event.nativeId !== poisonId) return event
  return Object.defineProperty(event, field, { get: () => throwOn(poisonId) })
}

const planted: Detector = {
  ...usedAfterRevoked,
  id: 'planted',
  types: ['session.used'],
  inspect: ({ event }) => {
    throwOn(event.nativeId)
    return nothing
  },
}

type Recorded = Parameters<Stages['record']>[0]

/** The stages themselves, over a memory that asks no store, with code that throws where a test says. */
async function journey(
  where: {
    readonly decode?: true
    readonly field?: keyof SessionEvent
    readonly detect?: Detector
  } = {},
) {
  const faults: CodeFault[] = []
  const recorded: Recorded[] = []
  const onFault = (fault: CodeFault) => void faults.push(fault)
  const decode = makeDecode({
    formats: [
      {
        ...sessionEventV1,
        read: (json, draft, reading) => {
          if (where.decode) throwOn(String(Object(json).id))
          return sessionEventV1.read(json, draft, reading)
        },
      },
    ],
    envelopes,
    pseudonym,
  })
  const enrich = await openEnrich({ now: () => evening, meter: idleMeter, onFault })
  const grace = { endMs: 35 * second, expiryMs: 5 * second }
  const memory = { subjectsMax: 100, sessionsMax: 100, storeIsEmpty: true }
  const ask = () => Promise.reject(new Error('memory is whole: nothing is asked'))
  const settled = async () => {}
  const detectors = [usedAfterRevoked, ...(where.detect ? [where.detect] : [])]
  const stages: Stages = {
    skipRecorded: async (_, told) => told,
    decode: (batch) => {
      const decoded = decode(batch)
      faults.push(...decoded.faults)
      return decoded
    },
    enrich: (events) =>
      enrich.enrich(events.map((event) => (where.field ? poisoned(event, where.field) : event))),
    recall: makeRecall({ ...memory, ask, settled, meter: idleMeter, grace, onFault }),
    detect: makeDetect({
      detectors,
      policy: defaultPolicy,
      now: () => evening,
      meter: idleMeter,
      onFault,
    }),
    impose: makeImpose({
      condemn: makeCondemn({ policy: defaultPolicy }),
      policy: defaultPolicy,
      now: () => evening,
      onFault,
    }),
    record: async (told) => {
      recorded.push(told)
      return { durable: Promise.resolve() }
    },
  }
  return { ...makeDeliver(stages), faults, recorded }
}

/** A batch, delivered: what was recorded of it, and whether its position moved on. */
async function take(told: readonly Told[], where: Parameters<typeof journey>[0] = {}) {
  const { deliver, faults, recorded } = await journey(where)
  let commits = 0
  const batch: Batch = {
    source: 'kafka:sessions',
    partition: 0,
    format: 'session-event-v1',
    binding: bindingOf('acme'),
    messages: told.map((each, offset) => ({
      value: Buffer.from(JSON.stringify(messageOf(each))),
      offset,
      receivedAt: evening,
    })),
    redelivered: false,
    commit: async () => void commits++,
  }
  const { durable } = await deliver(batch)
  await durable
  const [all, ...more] = recorded
  if (all === undefined || more.length > 0) throw new TypeError('a batch is recorded once')
  return { ...all, faults, commits, ids: all.events.map(({ event }) => event.nativeId) }
}

const use = (id: string, minutes: number, more: Partial<Told> = {}): Told => ({
  id,
  at: minutes * minute,
  type: 'session.used',
  session: 's1',
  subject: 'ada',
  from: 'warsaw',
  ...more,
})

/** A session that is used after it was revoked, with the poison in between. */
const history: readonly Told[] = [
  use('created', 0, { type: 'session.created' }),
  use(poisonId, 1),
  use('revoked', 2, { type: 'session.revoked' }),
  use('used', 5),
]
const others = ['created', 'revoked', 'used']

function expectOneFault(
  { faults, commits, findings }: Awaited<ReturnType<typeof take>>,
  stage: string,
  part: string,
): void {
  expect(faults).toEqual([
    {
      ...{ tenant: 'acme', instance: bindingOf('acme').instance, source: 'kafka:sessions' },
      ...{ stage, part, error: 'RangeError' },
      line: expect.stringMatching(/^poison\.test\.ts:\d+$/),
    },
  ])
  expect(commits).toBe(1)
  expect(findings.map(({ detector }) => detector)).toEqual(['used-after-revoked'])
}

it('has no fault without a poison message', async () => {
  const { faults, ids, rejected } = await take(history)
  expect({ faults, rejected }).toEqual({ faults: [], rejected: [] })
  expect(ids).toEqual(['created', poisonId, 'revoked', 'used'])
})

it('rejects a message on which its reader throws, alone and without its content', async () => {
  const taken = await take(history, { decode: true })
  expectOneFault(taken, 'decode', 'session-event-v1')
  expect(taken.ids).toEqual(others)
  expect(taken.rejected).toMatchObject([
    {
      reason: 'reader_failed',
      detail: 'the reader of the format session-event-v1 failed: RangeError',
      offset: 1,
    },
  ])
  expect(JSON.stringify([taken.rejected, taken.faults])).not.toContain(secret)
})

it('records an event on which a detector throws, and lets the other detectors judge it', async () => {
  const taken = await take(history, { detect: planted })
  expectOneFault(taken, 'detect', 'planted')
  expect(taken.ids).toEqual(['created', poisonId, 'revoked', 'used'])
  expect(taken.rejected).toEqual([])
})

it('leaves out what a look-up that throws would have said, and nothing else', async () => {
  const taken = await take(history, { field: 'userAgent' })
  expectOneFault(taken, 'enrich', 'device')
  const [, hit] = taken.events
  expect(hit?.device.state).toBe('not_evaluable')
  expect(hit?.place.state).toBe('hit')
})

it('records an event that memory cannot learn, and says that its session is known in part', async () => {
  const taken = await take(history, { field: 'organizationId' })
  expectOneFault(taken, 'recall', 'learn')
  expect(taken.events).toHaveLength(4)
})

it('records an event whose causes throw, and the causes of all others', async () => {
  const suspended = (id: string, minutes: number): Told =>
    use(id, minutes, { type: 'subject.suspended', session: undefined })
  const told = [...history, suspended('suspended', 6)]
  const taken = await take(
    told.map((each) => (each.id === poisonId ? suspended(poisonId, 1) : each)),
    { field: 'initiatorId' },
  )
  expectOneFault(taken, 'impose', 'causes')
  expect(taken.events).toHaveLength(5)
  expect(taken.causes.map(({ class: name }) => name)).toContain('subject_suspended')
})
