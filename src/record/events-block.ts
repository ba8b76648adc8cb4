import type { Device, EnrichedEvent, Network, Place } from '../contract/enriched-event.ts'
import type { Column } from './native-columns.ts'
import {
  LongColumn,
  LowCardinalityColumn,
  NumberColumn,
  rowsMax,
  TextColumn,
  writeBlock,
} from './native-columns.ts'

const time = "DateTime64(3, 'UTC')"
const timeOrNull = `Nullable(${time})`

const word = (name: string) => new LowCardinalityColumn(name)
const text = (name: string) => new TextColumn(name)
const long = (name: string, type: string) => new LongColumn(name, type)
const degrees = (name: string) =>
  new NumberColumn(name, 'Nullable(Float32)', new Float32Array(rowsMax))

const makeOrigin = () => ({
  tenant: word('tenant'),
  instance: word('instance'),
  eventId: text('event_id'),
  nativeId: text('native_id'),
  type: word('type'),
  occurredAt: long('occurred_at', time),
  receivedAt: long('received_at', time),
  lane: word('lane'),
  mayAct: new NumberColumn('may_act', 'Bool', new Uint8Array(rowsMax)),
  source: word('source'),
  partition: new NumberColumn('partition', 'UInt32', new Uint32Array(rowsMax)),
  offset: long('offset', 'UInt64'),
  unknownFields: new NumberColumn('unknown_fields', 'UInt16', new Uint16Array(rowsMax)),
})

const makeSession = () => ({
  sessionKind: word('session_kind'),
  sessionId: text('session_id'),
  sessionCreatedAt: long('session_created_at', timeOrNull),
  expiresAt: long('expires_at', timeOrNull),
  subjectRef: text('subject_ref'),
  subjectKind: word('subject_kind'),
  onBehalfOfRef: text('on_behalf_of_ref'),
})

const makeClient = () => ({
  ip: text('ip'),
  ipOf: word('ip_of'),
  userAgent: word('user_agent'),
  deviceId: text('device_id'),
  clientFingerprint: word('client_fingerprint'),
  authMethod: word('auth_method'),
  organizationId: word('organization_id'),
  connectionId: word('connection_id'),
  applicationId: word('application_id'),
  grantId: word('grant_id'),
})

const makeToken = () => ({
  tokenId: text('token_id'),
  tokenFamily: text('token_family'),
  tokenOrdinal: new NumberColumn('token_ordinal', 'Nullable(UInt32)', new Uint32Array(rowsMax)),
  tokenKind: word('token_kind'),
  tokenIssuedAt: long('token_issued_at', timeOrNull),
  tokenExpiresAt: long('token_expires_at', timeOrNull),
})

const makeActs = () => ({
  initiatorKind: word('initiator_kind'),
  initiatorId: text('initiator_id'),
  initiatorClient: word('initiator_client'),
  initiatorSessionId: text('initiator_session_id'),
  reason: word('reason'),
  outcome: word('outcome'),
  outcomeStatus: new NumberColumn('outcome_status', 'UInt16', new Uint16Array(rowsMax)),
  refusalReason: word('refusal_reason'),
  observer: word('observer'),
  scopeKind: word('scope_kind'),
  scopeId: text('scope_id'),
})

const makeLookups = () => ({
  latitude: degrees('latitude'),
  longitude: degrees('longitude'),
  accuracyKm: degrees('accuracy_km'),
  asn: new NumberColumn('asn', 'UInt32', new Uint32Array(rowsMax)),
})

/** Values of shared objects, in the order of `wordsOf…`. */
const makeWords = () => ({
  place: ['place_state', 'country', 'region', 'city', 'place_said_by'].map(word),
  network: ['network_state', 'network_name', 'network_class', 'network_said_by'].map(word),
  device: ['device_state', 'browser', 'os', 'device_type', 'agent_class'].map(word),
})

/** Every column of `events` that is written; the engine fills in the rest by default. */
function makeColumns() {
  const parts = {
    origin: makeOrigin(),
    session: makeSession(),
    client: makeClient(),
    token: makeToken(),
    acts: makeActs(),
    lookups: makeLookups(),
  }
  const words = makeWords()
  const all: readonly Column[] = [
    ...Object.values(parts).flatMap((part): readonly Column[] => Object.values(part)),
    ...Object.values(words).flat(),
  ]
  return { ...parts, words, all }
}

type Columns = ReturnType<typeof makeColumns>

/** A block of events: rows are added as they are judged, the bytes are taken at the end. */
export interface EventsBlock {
  readonly rows: () => number
  /** Bytes of what it holds. */
  readonly held: () => number
  readonly push: (enriched: EnrichedEvent) => void
  /** Native bytes of the rows from `from` up to, not including, `to`; the block keeps them. */
  readonly bytes: (from: number, to: number) => readonly Uint8Array[]
  /** Position of a row's message, for when the store refuses it. */
  readonly origin: (row: number) => Origin
  readonly clear: () => void
}

export interface Origin {
  readonly tenant: string
  readonly instance: string
  readonly source: string
  readonly partition: number
  readonly offset: number
  readonly receivedAt: number
  readonly eventId: string
}

/** Names of the written columns, in the order of the block. */
export const eventColumns: readonly string[] = makeColumns().all.map(({ name }) => name)

/** Makes an empty block with room for `rowsMax` events; it is reused. */
export function makeEventsBlock(): EventsBlock {
  const columns = makeColumns()
  const { all, words, lookups } = columns
  const pushPlace = makeShared(words.place, wordsOfPlace)
  const pushNetwork = makeShared(words.network, wordsOfNetwork)
  const pushDevice = makeShared(words.device, wordsOfDevice)
  let rows = 0
  return {
    rows: () => rows,
    held: () => all.reduce((sum, column) => sum + column.held, 0),
    push: ({ event, place, network, device }) => {
      pushOrigin(columns.origin, event)
      pushSession(columns.session, event)
      pushClient(columns.client, event)
      pushToken(columns.token, event)
      pushActs(columns.acts, event)
      pushPlace.push(place)
      pushNetwork.push(network)
      pushDevice.push(device)
      lookups.latitude.push(place.latitude)
      lookups.longitude.push(place.longitude)
      lookups.accuracyKm.push(place.accuracyKm)
      lookups.asn.push(network.asn)
      rows += 1
    },
    bytes: (from, to) => writeBlock(all, from, to),
    origin: (row) => originAt(columns.origin, row),
    clear: () => {
      for (const column of all) column.clear()
      for (const shared of [pushPlace, pushNetwork, pushDevice]) shared.clear()
      rows = 0
    },
  }
}

function originAt(of: Columns['origin'], row: number): Origin {
  return {
    tenant: of.tenant.at(row),
    instance: of.instance.at(row),
    source: of.source.at(row),
    partition: of.partition.at(row),
    offset: of.offset.at(row),
    receivedAt: of.receivedAt.at(row),
    eventId: of.eventId.at(row),
  }
}

type Event = EnrichedEvent['event']

function pushOrigin(to: Columns['origin'], event: Event): void {
  to.tenant.push(event.tenant)
  to.instance.push(event.instance)
  to.eventId.push(event.id)
  to.nativeId.push(event.nativeId)
  to.type.push(event.type)
  to.occurredAt.push(event.occurredAt)
  to.receivedAt.push(event.receivedAt)
  to.lane.push(event.lane)
  to.mayAct.push(event.mayAct ? 1 : 0)
  to.source.push(event.source)
  to.partition.push(event.partition)
  to.offset.push(event.offset)
  to.unknownFields.push(event.unknownFields)
}

function pushSession(to: Columns['session'], event: Event): void {
  // A cause without a session id has no session kind either.
  to.sessionKind.push(event.sessionId === '' ? '' : event.sessionKind)
  to.sessionId.push(event.sessionId)
  to.sessionCreatedAt.push(event.sessionCreatedAt)
  to.expiresAt.push(event.expiresAt)
  to.subjectRef.push(event.subjectRef)
  to.subjectKind.push(event.subjectRef === '' ? '' : event.subjectKind)
  to.onBehalfOfRef.push(event.onBehalfOfRef)
}

function pushClient(to: Columns['client'], event: Event): void {
  to.ip.push(event.ip)
  to.ipOf.push(event.ipOf)
  to.userAgent.push(event.userAgent)
  to.deviceId.push(event.deviceId)
  to.clientFingerprint.push(event.clientFingerprint)
  to.authMethod.push(event.authMethod)
  to.organizationId.push(event.organizationId)
  to.connectionId.push(event.connectionId)
  to.applicationId.push(event.applicationId)
  to.grantId.push(event.grantId)
}

function pushToken(to: Columns['token'], event: Event): void {
  to.tokenId.push(event.tokenId)
  to.tokenFamily.push(event.tokenFamily)
  to.tokenOrdinal.push(event.tokenOrdinal)
  to.tokenKind.push(event.tokenKind)
  to.tokenIssuedAt.push(event.tokenIssuedAt)
  to.tokenExpiresAt.push(event.tokenExpiresAt)
}

function pushActs(to: Columns['acts'], event: Event): void {
  to.initiatorKind.push(event.initiatorKind)
  to.initiatorId.push(event.initiatorId)
  to.initiatorClient.push(event.initiatorClient)
  to.initiatorSessionId.push(event.initiatorSessionId)
  to.reason.push(event.reason)
  to.outcome.push(event.outcome)
  to.outcomeStatus.push(event.outcomeStatus)
  to.refusalReason.push(event.refusalReason)
  to.observer.push(event.observer)
  to.scopeKind.push(event.scopeKind)
  to.scopeId.push(event.scopeId)
}

/**
 * Places, networks and devices are shared objects from enrichment's caches, so their values are
 * looked up once per object and block and then copied as indices.
 */
function makeShared<Thing extends object>(
  columns: readonly LowCardinalityColumn[],
  wordsOf: (thing: Thing) => readonly string[],
) {
  const known = new Map<Thing, readonly number[]>()
  const lookUp = (thing: Thing): readonly number[] => {
    const words = wordsOf(thing)
    const indices = columns.map((column, at) => column.indexOf(words[at] ?? ''))
    known.set(thing, indices)
    return indices
  }
  return {
    push(thing: Thing): void {
      const indices = known.get(thing) ?? lookUp(thing)
      for (let at = 0; at < columns.length; at += 1) columns[at]?.pushIndex(indices[at] ?? 0)
    },
    clear: () => known.clear(),
  }
}

const wordsOfPlace = (place: Place) => [
  place.state,
  place.country,
  place.region,
  place.city,
  place.saidBy,
]
const wordsOfNetwork = (network: Network) => [
  network.state,
  network.name,
  network.class,
  network.saidBy,
]
const wordsOfDevice = (device: Device) => [
  device.state,
  device.browser,
  device.os,
  device.type,
  device.agentClass,
]
