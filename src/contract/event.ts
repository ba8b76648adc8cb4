import type {
  EventType,
  InitiatorKind,
  IpOf,
  NetworkClass,
  Observer,
  Outcome,
  RefusalReason,
  ScopeKind,
  SessionKind,
  SubjectKind,
  TokenKind,
} from './event-words.ts'
import type { Lane } from './raw-message.ts'

/**
 * One event as every stage after decode sees it: flat, every field present, times in milliseconds
 * since the epoch. An unset string is '' (no field of the contract may be empty), an unset number
 * or time is null. Always built by `blankEvent`, so that all events share one shape in memory.
 */
export interface SessionEvent {
  tenant: string
  instance: string
  /** Hash of (tenant, instance, native id): the same for every copy on every channel. */
  id: string
  nativeId: string
  type: EventType
  occurredAt: number
  receivedAt: number
  lane: Lane
  /** Whether a cause from this event may lead to orders. */
  mayAct: boolean

  source: string
  partition: number
  offset: number
  /** Fields unknown to the contract, at any depth; counted, then ignored. */
  unknownFields: number

  sessionId: string
  sessionKind: SessionKind
  sessionCreatedAt: number | null
  expiresAt: number | null

  subjectId: string
  /** Keyed hash of the subject, '' when unknown. The only id of a subject in keys and ids. */
  subjectRef: string
  subjectKind: SubjectKind
  subjectEmail: string
  onBehalfOf: string
  onBehalfOfRef: string

  ip: string
  /** Whose client the address, the user agent, the device, the place and the network describe. */
  ipOf: IpOf
  userAgent: string
  deviceId: string
  clientFingerprint: string
  authMethod: string
  organizationId: string
  connectionId: string
  applicationId: string
  grantId: string

  tokenId: string
  tokenFamily: string
  tokenOrdinal: number | null
  tokenKind: TokenKind | ''
  tokenIssuedAt: number | null
  tokenExpiresAt: number | null

  initiatorKind: InitiatorKind | ''
  initiatorId: string
  initiatorClient: string
  initiatorSessionId: string
  reason: string

  outcome: Outcome | ''
  outcomeStatus: number
  refusalReason: RefusalReason | ''
  observer: Observer | ''

  scopeKind: ScopeKind | ''
  scopeId: string

  /** The roles of the subject in the organization from now on; null when not reported. */
  roles: readonly string[] | null
  /** Whether the membership is new, so that the subject had no roles before. */
  rolesBegin: boolean

  givenPlace: GivenPlace | null
  givenNetwork: GivenNetwork | null
}

/** The fields of an event that a cause is derived from. */
export type CauseFacts = Pick<
  SessionEvent,
  | ('tenant' | 'instance' | 'id' | 'type' | 'occurredAt' | 'receivedAt' | 'lane' | 'mayAct')
  | ('subjectId' | 'subjectRef' | 'sessionKind' | 'sessionId' | 'scopeKind' | 'scopeId')
  | ('organizationId' | 'connectionId' | 'deviceId' | 'grantId' | 'reason')
  | ('initiatorKind' | 'initiatorId' | 'initiatorSessionId')
>

/** A place from the source itself; it takes precedence over our look-up. */
export interface GivenPlace {
  readonly country: string
  readonly region: string
  readonly city: string
  readonly latitude: number | null
  readonly longitude: number | null
  readonly accuracyKm: number | null
}

/** A network from the source itself; asn 0 and '' when not reported. */
export interface GivenNetwork {
  readonly asn: number
  readonly name: string
  readonly class: NetworkClass | ''
}

const blank: Readonly<SessionEvent> = {
  tenant: '',
  instance: '',
  id: '',
  nativeId: '',
  type: 'session.used',
  occurredAt: 0,
  receivedAt: 0,
  lane: 'live',
  mayAct: false,
  source: '',
  partition: 0,
  offset: 0,
  unknownFields: 0,
  sessionId: '',
  sessionKind: 'online',
  sessionCreatedAt: null,
  expiresAt: null,
  subjectId: '',
  subjectRef: '',
  subjectKind: 'user',
  subjectEmail: '',
  onBehalfOf: '',
  onBehalfOfRef: '',
  ip: '',
  // Unless a format sets it, the address does not locate the subject.
  ipOf: 'unknown',
  userAgent: '',
  deviceId: '',
  clientFingerprint: '',
  authMethod: '',
  organizationId: '',
  connectionId: '',
  applicationId: '',
  grantId: '',
  tokenId: '',
  tokenFamily: '',
  tokenOrdinal: null,
  tokenKind: '',
  tokenIssuedAt: null,
  tokenExpiresAt: null,
  initiatorKind: '',
  initiatorId: '',
  initiatorClient: '',
  initiatorSessionId: '',
  reason: '',
  outcome: '',
  outcomeStatus: 0,
  refusalReason: '',
  observer: '',
  scopeKind: '',
  scopeId: '',
  roles: null,
  rolesBegin: false,
  givenPlace: null,
  givenNetwork: null,
}

/** An empty event; formats and the steps after them fill it in. */
export function blankEvent(): SessionEvent {
  return { ...blank }
}
