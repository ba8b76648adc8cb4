import type { CauseClass } from './cause.ts'
import type { CauseFacts, SessionEvent } from './event.ts'
import type { EventType, ScopeKind } from './event-words.ts'

/** Required fields of an event of one type, and its possible scopes when it is a cause. */
export interface EventRule {
  /** Fields of `session-event.v1` without which the event is useless. */
  readonly needs: readonly ('session.id' | 'subject.id' | 'outcome.result')[]
  readonly cause?: {
    readonly class: CauseClass
    /**
     * The scopes that the cause may have where the event does not identify the policy's scope: the first
     * that the event identifies. One is required, so that no accepted cause matches nothing by its form.
     */
    readonly scopes: readonly [ScopeKind, ...ScopeKind[]]
  }
}

const session: EventRule = { needs: ['session.id'] }
const signIn: EventRule = { needs: [] }
const everybody: EventRule = { needs: [] }
const person: EventRule = { needs: ['subject.id'] }

function cause(causeClass: CauseClass, ...scopes: readonly [ScopeKind, ...ScopeKind[]]): EventRule {
  return { needs: [], cause: { class: causeClass, scopes } }
}

/**
 * Per type of event: required fields and scopes. Decode rejects an event without them, impose takes
 * the scope from here, and the published schema and its page are generated from it.
 *
 * A membership without its organization could mean any of them, so it falls back to the session
 * alone. Access that is reduced without an organization is reduced in the whole instance: that
 * falls back to the subject.
 */
export const eventRules: { readonly [Type in EventType]: EventRule } = {
  'session.created': session,
  'session.used': { needs: ['session.id', 'outcome.result'] },
  'session.revoked': session,
  'session.ended': session,
  'authentication.succeeded': signIn,
  'authentication.failed': signIn,
  'subject.signed_out': person,
  'credential.reset_requested': person,
  'credential.reset': cause('credential_reset', 'subject', 'session'),
  'credential.changed': cause('credential_changed', 'subject', 'session'),
  'factor.changed': cause('factor_changed', 'subject', 'session'),
  'subject.suspended': cause('subject_suspended', 'subject', 'session'),
  'subject.offboarded': cause('subject_offboarded', 'subject', 'session'),
  'membership.deactivated': cause('membership_deactivated', 'subject_organization', 'session'),
  'access.reduced': cause('access_reduced', 'subject_organization', 'subject', 'session'),
  'directory.deactivated': cause('directory_deactivated', 'connection', 'session'),
  'connection.deactivated': cause('connection_deactivated', 'connection', 'session'),
  'grant.revoked': cause('grant_revoked', 'grant', 'session'),
  'device.lost': cause('device_lost', 'device', 'session'),
  'organization.deactivated': cause('organization_deactivated', 'organization', 'session'),
  'subject.updated': person,
  'instance.signed_out': everybody,
}

/** The fields that identify a scope; with `scope.kind`, `scope.id` may replace the last one. */
export const scopeNames: { readonly [Kind in ScopeKind]: readonly string[] } = {
  session: ['session.id'],
  subject: ['subject.id'],
  subject_organization: ['subject.id', 'organization_id'],
  connection: ['connection_id'],
  device: ['device_id'],
  grant: ['grant_id'],
  organization: ['organization_id'],
}

/** Scopes with an id of their own; the event itself identifies the other two. */
export const scopesWithId: ReadonlySet<ScopeKind> = new Set<ScopeKind>([
  'subject_organization',
  'connection',
  'device',
  'grant',
  'organization',
])

/**
 * The id of a scope in an event: '' for session and subject, which have none of
 * their own; undefined where the event does not identify it. An empty id must not match every session
 * without one.
 */
export function scopeIdIn(event: CauseFacts, kind: ScopeKind): string | undefined {
  if (kind === 'session') return event.sessionId === '' ? undefined : ''
  const isOwned = kind !== 'subject' && kind !== 'subject_organization'
  // The subject of a session may be learnt later, so only the event's own subject counts.
  if (!isOwned && event.subjectId === '') return undefined
  if (kind === 'subject') return ''
  return (event.scopeKind === kind && event.scopeId) || ownIdIn(event, kind) || undefined
}

function ownIdIn(event: CauseFacts, kind: Exclude<ScopeKind, 'session' | 'subject'>): string {
  switch (kind) {
    case 'organization':
    case 'subject_organization':
      return event.organizationId
    case 'connection':
      return event.connectionId
    case 'device':
      return event.deviceId
    case 'grant':
      return event.grantId
  }
}

/**
 * The scopes to which a source may narrow each scope: only scopes within it. Several subjects may share a device
 * or a grant, so neither lies within a subject.
 */
const narrower: { readonly [Kind in ScopeKind]: readonly ScopeKind[] } = {
  session: [],
  device: ['session'],
  grant: ['session'],
  subject_organization: ['session'],
  subject: ['session', 'subject_organization'],
  connection: ['session'],
  organization: ['session', 'subject_organization'],
}

/**
 * The scope of a cause: the policy's, narrowed by the source if it does so, else the first
 * scope of its type that the event identifies. `rule` is that of the event's type.
 */
export function scopeOf(
  event: CauseFacts,
  { scopes }: NonNullable<EventRule['cause']>,
  policyScope: ScopeKind,
): { readonly scopeKind: ScopeKind; readonly scopeId: string } {
  const asked = event.scopeKind
  const wanted = asked !== '' && narrower[policyScope].includes(asked) ? asked : policyScope
  for (const scopeKind of [wanted, ...scopes]) {
    const scopeId = scopeIdIn(event, scopeKind)
    if (scopeId !== undefined) return { scopeKind, scopeId }
  }
  return { scopeKind: 'session', scopeId: '' }
}

/**
 * What a required field of the event's type is missing, as text; undefined when nothing is. A cause with an explicit
 * scope must identify it: a wider scope than the source's would end sessions that should live.
 */
export function lackIn(event: SessionEvent): string | undefined {
  const { type, scopeKind } = event
  const { needs, cause: told } = eventRules[type]
  for (const need of needs) {
    if (fieldOf(event, need) === '') return `${need} is missing; ${type} needs it`
  }
  if (told === undefined) return undefined
  if (scopeKind !== '' && scopeIdIn(event, scopeKind) === undefined) {
    return `scope.kind is ${scopeKind}, and ${wordsFor(scopeKind)} is missing`
  }
  if (told.scopes.some((kind) => scopeIdIn(event, kind) !== undefined)) return undefined
  return `${told.scopes.map(wordsFor).join(' or ')} is missing; ${type} needs it`
}

function fieldOf(event: SessionEvent, need: EventRule['needs'][number]): string {
  switch (need) {
    case 'session.id':
      return event.sessionId
    case 'subject.id':
      return event.subjectId
    case 'outcome.result':
      return event.outcome
  }
}

function wordsFor(kind: ScopeKind): string {
  return scopeNames[kind].join(' with ')
}
