import { identify } from '../../src/contract/identity.ts'
import { boundsOf, livesOf } from '../verdict/lives-model.ts'
import type { Told } from './world.ts'
import { instance, minute, refOf, second, start } from './world.ts'

/**
 * Which sessions a history condemns, computed from the happenings alone, all at once and without
 * memory: what the journey and the sweep must reach in whichever order the happenings are told.
 */

export interface OraclePair {
  readonly tenant: string
  readonly sessionKind: string
  readonly sessionId: string
  readonly incarnation: number
  readonly curfewId: string
  readonly causeId: string
  readonly class: string
  readonly scopeKind: string
  readonly subjectRef: string
  /** Epoch ms. */
  readonly causeAt: number
  readonly deadlineAt: number
}

const uncertainty = 5 * second
const deadline = minute

/** By class: how far it reaches by default, and to which narrower scopes a source may narrow it. */
const reaches: { readonly [type: string]: readonly string[] } = {
  'credential.reset': ['subject', 'subject_organization', 'session'],
  'credential.changed': ['subject', 'subject_organization', 'session'],
  'factor.changed': ['subject', 'subject_organization', 'session'],
  'subject.suspended': ['subject', 'subject_organization', 'session'],
  'subject.offboarded': ['subject', 'subject_organization', 'session'],
  'membership.deactivated': ['subject_organization', 'session'],
  'access.reduced': ['subject_organization', 'session'],
  'directory.deactivated': ['connection', 'session'],
  'connection.deactivated': ['connection', 'session'],
  'grant.revoked': ['grant', 'session'],
  'device.lost': ['device', 'session'],
  'organization.deactivated': ['organization', 'subject_organization', 'session'],
}
const tieOf: { readonly [scope: string]: 'organization' | 'connection' | 'device' | 'grant' } = {
  subject_organization: 'organization',
  organization: 'organization',
  connection: 'connection',
  device: 'device',
  grant: 'grant',
}

/**
 * Every (curfew, cause) pair that stands once all of the history is known, and those apart that
 * would if the session were not exempt: whether it is suspect is another question.
 */
export function pairsOf(tenant: string, history: readonly Told[]) {
  const lives = livesIn(history)
  const pairs: OraclePair[] = []
  const exempt: OraclePair[] = []
  for (const cause of history) {
    const scope = scopeOf(cause)
    for (const life of lives) {
      if (scope === undefined || !isWithin(scope, life) || !isCondemned(cause, life)) continue
      const list = exemptOf(cause) === life.session ? exempt : pairs
      list.push(pairOf(tenant, cause, scope, life))
    }
  }
  return { pairs, exempt }
}

interface Life {
  readonly session: string
  readonly kind: string
  readonly incarnation: number
  readonly subject: string
  readonly ties: ReadonlySet<string>
  readonly createdAt: number | undefined
  readonly endedAt: number | undefined
}

export function livesIn(told: readonly Told[]): readonly Life[] {
  const named = told.filter((each) => each.session !== undefined)
  const bySession = Map.groupBy(named, (each) => `${each.kind ?? 'online'} ${each.session}`)
  return [...bySession].flatMap(([name, events]) => {
    const [kind = '', session = ''] = name.split(' ')
    const at = (...types: readonly string[]) =>
      events.filter(({ type }) => types.includes(type)).map((each) => each.at)
    const uses = events.filter(
      ({ type, outcome }) => type === 'session.used' && outcome !== 'refused',
    )
    const signs = {
      creations: at('session.created'),
      ends: at('session.revoked', 'session.ended'),
      alive: uses.filter(({ observer }) => observer !== 'application').map((each) => each.at),
    }
    const said = {
      told: events.flatMap((each) =>
        each.type === 'session.created' ? [] : (each.createdAt ?? []),
      ),
      used: uses.map((each) => each.at),
    }
    const shared = {
      session,
      kind,
      subject: events.find(({ subject }) => subject !== undefined)?.subject ?? '',
      ties: new Set(events.flatMap(tiesOf)),
    }
    return livesOf(signs).map((life) => ({
      ...shared,
      incarnation: life.incarnation,
      ...boundsOf(life, signs, said, uncertainty),
    }))
  })
}

function tiesOf(told: Told): readonly string[] {
  return Object.values(tieOf).flatMap((tie) => {
    const value = told[tie]
    return value === undefined ? [] : [`${tie} ${value}`]
  })
}

interface Scope {
  readonly kind: string
  readonly id: string
  readonly cause: Told
}

function scopeOf(cause: Told): Scope | undefined {
  const allowed = reaches[cause.type]
  if (allowed === undefined) return undefined
  const asked = cause.scope?.kind ?? ''
  const kind = allowed.includes(asked) ? asked : (allowed[0] ?? '')
  const tie = tieOf[kind]
  const id = tie === undefined ? '' : (idAsked(cause, kind) ?? cause[tie] ?? '')
  // Without what its scope is named by, it reaches the session it names; access that is reduced in
  // no named organization is the subject's.
  const nameless = (kind.startsWith('subject') && cause.subject === undefined) || (tie && id === '')
  if (!nameless) return { kind, id, cause }
  const isOwn = cause.type === 'access.reduced' && cause.subject !== undefined
  return { kind: isOwn ? 'subject' : 'session', id: '', cause }
}

/** The id of a scope says which; it is of no use for another scope than the one it was told with. */
function idAsked({ scope }: Told, kind: string): string | undefined {
  return scope?.kind === kind ? scope.id : undefined
}

function isWithin({ kind, id, cause }: Scope, life: Life): boolean {
  const tie = tieOf[kind]
  if (kind === 'session') {
    return life.session === cause.session && life.kind === (cause.kind ?? 'online')
  }
  const own = life.subject !== '' && life.subject === cause.subject
  if (kind === 'subject') return own
  return life.ties.has(`${tie} ${id}`) && (kind !== 'subject_organization' || own)
}

function isCondemned(cause: Told, { createdAt, endedAt }: Life): boolean {
  if (createdAt !== undefined && createdAt > cause.at + uncertainty) return false
  return endedAt === undefined || endedAt >= cause.at
}

/** The session that made an authenticated change. */
function exemptOf({ type, initiator, session }: Told): string | undefined {
  const changed = type === 'credential.changed' || type === 'factor.changed'
  if (!changed || initiator?.kind === 'admin') return undefined
  return initiator?.session ?? session
}

function pairOf(tenant: string, cause: Told, scope: Scope, life: Life): OraclePair {
  const causeClass = cause.type.replace('.', '_')
  const eventId = identify(tenant, instance, cause.id)
  const name = [tenant, instance, life.kind, life.session, String(life.incarnation)]
  return {
    tenant,
    sessionKind: life.kind,
    sessionId: life.session,
    incarnation: life.incarnation,
    curfewId: identify('curfew', ...name, causeClass),
    causeId: identify('cause', tenant, instance, causeClass, eventId),
    class: causeClass,
    scopeKind: scope.kind,
    subjectRef: life.subject === '' ? '' : refOf(tenant, life.subject),
    causeAt: start + cause.at,
    deadlineAt: start + cause.at + deadline,
  }
}
