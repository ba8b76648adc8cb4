import fc from 'fast-check'
import type { EventType } from '../../src/contract/event-words.ts'
import { usesMax } from '../../src/contract/memory.ts'
import type { Happening } from './world.ts'
import { minute, second } from './world.ts'

/**
 * Random histories of two people and five sessions, among them one id in two kinds and one session
 * that nobody ever says whose it is. Instants repeat on purpose, and lie on both sides of every
 * uncertainty.
 */

const sessions = [
  { session: 's1', kind: 'online', subject: 'ada' },
  { session: 's1', kind: 'offline', subject: 'ada' },
  { session: 's2', kind: 'online', subject: 'ada' },
  { session: 's3', kind: 'agent', subject: 'grace' },
  { session: 's4', kind: 'online', subject: undefined },
] as const

const maybe = <T>(arbitrary: fc.Arbitrary<T>, freq = 2) =>
  fc.option(arbitrary, { nil: undefined, freq })

/** Half minutes of two hours, exactly or a few seconds after. */
const instants = fc
  .tuple(fc.integer({ min: 0, max: 240 }), fc.constantFrom(0, 0, 3, 5, 6))
  .map(([half, seconds]) => half * 30 * second + seconds * second)

const ties = {
  organization: maybe(fc.constantFrom('o1', 'o2'), 1),
  connection: maybe(fc.constantFrom('c1', 'c2'), 1),
  device: maybe(fc.constantFrom('d1', 'd2'), 1),
  grant: maybe(fc.constantFrom('g1'), 1),
}

const ofSession = fc
  .record({
    at: instants,
    type: fc.constantFrom<EventType>(
      'session.created',
      'session.used',
      'session.used',
      'session.revoked',
      'session.ended',
    ),
    which: fc.constantFrom(...sessions),
    named: fc.constantFrom(true, true, false),
    outcome: fc.constantFrom('accepted', 'accepted', 'refused'),
    observer: fc.constantFrom('idp', 'application'),
    refusal: maybe(fc.constantFrom('session_ended', 'not_allowed')),
    createdAt: maybe(instants, 8),
    ...ties,
  })
  .map(({ which, named, ...rest }): Happening => {
    const { session, kind, subject } = which
    return { ...rest, session, kind, subject: named ? subject : undefined }
  })

const causes: readonly EventType[] = [
  'credential.reset',
  'credential.changed',
  'factor.changed',
  'subject.suspended',
  'subject.offboarded',
  'membership.deactivated',
  'access.reduced',
  'directory.deactivated',
  'connection.deactivated',
  'grant.revoked',
  'device.lost',
  'organization.deactivated',
]

const scopes = fc.record({
  kind: fc.constantFrom(
    'session',
    'subject',
    'subject_organization',
    'connection',
    'device',
    'grant',
    'organization',
  ),
  id: maybe(fc.constantFrom('o1', 'c1', 'd1', 'g1')),
})

const ofCause = fc
  .record({
    at: instants,
    type: fc.constantFrom(...causes),
    subject: maybe(fc.constantFrom('ada', 'grace'), 6),
    which: maybe(fc.constantFrom(...sessions), 1),
    initiator: maybe(
      fc.record({
        kind: fc.constantFrom('user', 'admin'),
        session: fc.constantFrom('s1', 's2'),
      }),
    ),
    scope: maybe(scopes, 1),
    ...ties,
  })
  .map(({ which, ...rest }): Happening => {
    const named = which === undefined ? {} : { session: which.session, kind: which.kind }
    return complete({ ...rest, ...named, subject: which?.subject ?? rest.subject })
  })

/** What each type of cause reaches by itself, where that is no subject. */
const ownScopes: { readonly [type: string]: string } = {
  'membership.deactivated': 'subject_organization',
  'directory.deactivated': 'connection',
  'connection.deactivated': 'connection',
  'grant.revoked': 'grant',
  'device.lost': 'device',
  'organization.deactivated': 'organization',
}

/** With what its type needs, and with a scope only where that is named: others are rejected. */
function complete({ scope, ...told }: Happening): Happening {
  const saying = scope && names({ ...told, scope }, scope.kind) ? { ...told, scope } : told
  if (told.session !== undefined || names(saying, ownScopes[told.type] ?? 'subject')) return saying
  const own = sessions.find(({ subject }) => subject === told.subject)
  return { ...saying, session: own?.session ?? 's4', kind: own?.kind ?? 'online' }
}

function names(told: Happening, kind: string): boolean {
  const { subject, session, scope } = told
  if (kind === 'session') return session !== undefined
  if (kind.startsWith('subject') && subject === undefined) return false
  const id = scope?.kind === kind ? scope.id : undefined
  if (kind === 'subject') return true
  if (kind.endsWith('organization')) return (id ?? told.organization) !== undefined
  if (kind === 'connection') return (id ?? told.connection) !== undefined
  return (id ?? (kind === 'device' ? told.device : told.grant)) !== undefined
}

/** Everything that can happen to sessions, so many causes that most histories condemn some. */
export const histories: fc.Arbitrary<readonly Happening[]> = fc.array(
  fc.oneof({ weight: 3, arbitrary: ofSession }, { weight: 2, arbitrary: ofCause }),
  { minLength: 10, maxLength: 24, size: 'max' },
)

const ofChange = fc
  .record({
    at: instants,
    type: fc.constantFrom<EventType>(
      'credential.reset_requested',
      'credential.reset_requested',
      'credential.changed',
      'credential.changed',
      'factor.changed',
      'credential.reset',
      'session.created',
    ),
    flow: fc.constantFrom('s1', 's2', 's3', ''),
    admin: fc.constantFrom(true, false, false),
  })
  .map(({ at, type, flow, admin }): Happening => {
    if (type === 'session.created') return { at, type, session: flow || 's4', subject: 'ada' }
    // An administrator is in no flow of the person's.
    const by = admin ? { kind: 'admin' as const } : { kind: 'user' as const, ...namedFlow(flow) }
    return { at, type, subject: 'ada', initiator: by }
  })

const namedFlow = (session: string) => (session === '' ? {} : { session })

/** What one person and an administrator do about a password; so few that memory holds all of it. */
export const passwords: fc.Arbitrary<readonly Happening[]> = fc.array(ofChange, {
  minLength: 4,
  maxLength: 8,
  size: 'max',
})

const ofUse = fc.record({
  at: fc.integer({ min: 0, max: 400 }).map((quarter) => quarter * 15 * second),
  type: fc.constantFrom<EventType>(
    'session.used',
    'session.used',
    'session.used',
    'session.created',
    'session.revoked',
    'authentication.succeeded',
  ),
  session: fc.constantFrom('s1', 's2'),
  subject: fc.constant('ada'),
  from: maybe(fc.constantFrom('warsaw', 'lisbon', 'tokyo'), 8),
  outcome: fc.constantFrom('accepted', 'accepted', 'refused'),
  observer: fc.constantFrom('idp', 'application'),
  refusal: maybe(fc.constantFrom('session_ended'), 1),
  expiresAt: maybe(
    fc.integer({ min: 20, max: 90 }).map((m) => m * minute),
    1,
  ),
  tokenIssuedAt: maybe(
    fc.integer({ min: 0, max: 100 }).map((m) => m * minute),
    1,
  ),
  device: maybe(fc.constantFrom('d1', 'd2'), 1),
})

/** What one person does, sparse enough for the slots of memory: behaviour is judged from it. */
export const habits: fc.Arbitrary<readonly Happening[]> = fc
  .array(ofUse, { minLength: 3, maxLength: 16, size: 'max' })
  .filter((all) =>
    ['s1', 's2'].every((id) => all.filter(({ session }) => session === id).length <= usesMax),
  )

/** A way to tell a history: what comes again, in which order, and where a batch ends. */
export interface Telling {
  readonly order: readonly number[]
  readonly ends: readonly number[]
}

/** Any order, any repeats, any split of `length` happenings. */
export function tellings(length: number): fc.Arbitrary<Telling> {
  const all = Array.from({ length }, (_, index) => index)
  const repeats = fc.array(fc.nat({ max: Math.max(0, length - 1) }), { maxLength: 6 })
  return repeats
    .chain((again) => fc.shuffledSubarray([...all, ...again], { minLength: length + again.length }))
    .chain((order) => splitOf(order.length).map((ends) => ({ order, ends })))
}

/** Places at which batches end. */
export function splitOf(length: number): fc.Arbitrary<readonly number[]> {
  return fc.uniqueArray(fc.integer({ min: 1, max: Math.max(1, length - 1) }), { maxLength: 4 })
}

/** A telling applied: the batches in which a history comes. */
export function batchesOf<T>(all: readonly T[], { order, ends }: Telling): readonly T[][] {
  const told = order.flatMap((index) => all[index] ?? [])
  const cuts = [...ends].sort((one, other) => one - other)
  return [0, ...cuts].map((from, index) => told.slice(from, cuts[index] ?? told.length))
}
