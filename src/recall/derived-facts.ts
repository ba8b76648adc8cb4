import type {
  DerivedFacts,
  Entitlement,
  FirstSightFact,
  SessionEdge,
  SignInSide,
  SubjectIdentity,
} from '../contract/derived-facts.ts'
import type { SessionEvent } from '../contract/event.ts'
import type { FirstSight } from '../contract/memory.ts'
import type { SessionSlot, SubjectSlot } from './slots.ts'

/** The derived facts of a batch while they are collected. */
export interface OpenDerivedFacts extends DerivedFacts {
  readonly tie: (slot: SessionSlot, event: SessionEvent) => void
  readonly first: (
    slot: SubjectSlot,
    attribute: FirstSightFact['attribute'],
    first: FirstSight,
  ) => void
  readonly name: (slot: SubjectSlot, event: SessionEvent) => void
  readonly signIn: (event: SessionEvent) => void
  readonly entitle: (event: SessionEvent) => void
}

export function makeDerivedFacts(): OpenDerivedFacts {
  const edges: SessionEdge[] = []
  const firstSights: FirstSightFact[] = []
  const names: SubjectIdentity[] = []
  const signIns: SignInSide[] = []
  const entitlements: Entitlement[] = []
  const tie = (slot: SessionSlot, edge: SessionEdge['edge'], value: string, at: number) => {
    const { tenant, instance, kind: sessionKind, id: sessionId } = slot
    edges.push({ tenant, instance, sessionKind, sessionId, edge, value, at })
  }
  return {
    edges,
    firstSights,
    names,
    signIns,
    entitlements,
    entitle(event) {
      const { organizationId, connectionId, roles, subjectKind, subjectRef } = event
      if (subjectRef === '') return
      if (roles !== null && organizationId !== '') {
        entitlements.push(statementOf(event, 'roles', organizationId))
      }
      if (subjectKind === 'directory_user' && connectionId !== '') {
        entitlements.push(statementOf(event, 'directory', connectionId))
      }
    },
    signIn(event) {
      if (isSide(event)) signIns.push(sideOf(event))
    },
    // A session that goes back and forth between two values is tied again each time: a repeat.
    tie(slot, event) {
      const { organizationId, connectionId, deviceId, grantId, occurredAt: at } = event
      if (organizationId !== '' && organizationId !== slot.tiedOrganization) {
        slot.tiedOrganization = organizationId
        tie(slot, 'organization', organizationId, at)
      }
      if (connectionId !== '' && connectionId !== slot.tiedConnection) {
        slot.tiedConnection = connectionId
        tie(slot, 'connection', connectionId, at)
      }
      if (deviceId !== '' && deviceId !== slot.tiedDevice) {
        slot.tiedDevice = deviceId
        tie(slot, 'device', deviceId, at)
      }
      if (grantId !== '' && grantId !== slot.tiedGrant) {
        slot.tiedGrant = grantId
        tie(slot, 'grant', grantId, at)
      }
    },
    first({ tenant, instance, ref: subjectRef }, attribute, { value, at, eventId }) {
      firstSights.push({ tenant, instance, subjectRef, attribute, value, at, eventId })
    },
    name(slot, { subjectId, subjectKind, subjectEmail, occurredAt: at }) {
      if (subjectId === '') return
      if (slot.named && (subjectEmail === '' || slot.email === subjectEmail)) return
      slot.named = true
      slot.email = subjectEmail
      const { tenant, instance, ref: subjectRef } = slot
      names.push({ tenant, instance, subjectRef, subjectId, subjectKind, subjectEmail, at })
    },
  }
}

/** Whether an event tells one side of a sign-in and leaves the other to another event. */
function isSide({ type, subjectRef, sessionId, connectionId, authMethod }: SessionEvent): boolean {
  if (subjectRef === '') return false
  if (type === 'authentication.succeeded') return connectionId !== '' && sessionId === ''
  return type === 'session.created' && connectionId === '' && authMethod === 'sso'
}

function sideOf(event: SessionEvent): SignInSide {
  const { tenant, instance, subjectRef, id: eventId, sessionKind, sessionId } = event
  const { connectionId, organizationId, ip, userAgent } = event
  const at = event.sessionCreatedAt ?? event.occurredAt
  const named = { tenant, instance, subjectRef, at, eventId, sessionKind, sessionId }
  return { ...named, connectionId, organizationId, ip, userAgent }
}

function statementOf(event: SessionEvent, kind: Entitlement['kind'], scopeId: string): Entitlement {
  const { tenant, instance, subjectRef, occurredAt: at, id: eventId, organizationId } = event
  const { lane, mayAct, receivedAt, rolesBegin: begins } = event
  const held = kind === 'roles' ? (event.roles ?? []) : []
  const named = { tenant, instance, kind, scopeId, subjectRef, at, eventId, organizationId }
  return { ...named, held, begins, lane, mayAct, receivedAt }
}
