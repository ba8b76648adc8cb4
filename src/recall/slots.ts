import type { SessionKind } from '../contract/event-words.ts'
import type {
  CredentialChange,
  FirstSights,
  Journey,
  RecoveryRequest,
  SessionMemory,
  Sighting,
  SignOut,
  SubjectMemory,
  Use,
} from '../contract/memory.ts'
import type { Generational } from './generation-map.ts'
import type { Seen, SightingsTable } from './sightings-table.ts'
import type { UsesTable } from './uses-table.ts'

/** Shared by all sessions that have none: most have few of anything, and there are many sessions. */
const none: readonly number[] = []
const noUses: readonly Use[] = []
const untouched: SessionMemory['afterEnd'] = { breach: null, exposure: null, attempt: null }

/** A session's memory in its writable form: only this folder holds it. */
export class SessionSlot implements SessionMemory, Generational {
  readonly tenant: string
  readonly instance: string
  readonly kind: SessionKind
  readonly id: string
  subjectRef: string
  organizationId = ''
  deviceId = ''
  openedByActor = false
  createdAt: number | null = null
  firstSeenAt: number
  firstAliveAt: number | null = null
  creations = none
  ends = none
  lifecycleOverflow = false
  /** The youngest sign-in dropped as no bound of a life; an end before it would make it one. */
  droppedSignInAt = Number.NEGATIVE_INFINITY
  expiresAt: number | null = null
  usesOverflow = false
  afterEnd = untouched
  afterExpiry: Use | null = null
  /** True while only its subject brought it back or holds it still: its uses are then not known. */
  isPartial = false
  lastUsedGeneration = 0
  /** The slot of its subject, where it was joined to one: it need not be looked for. */
  subject: SubjectSlot | null = null
  /** The tie of each edge that was last written to the store. */
  tiedOrganization = ''
  tiedConnection = ''
  tiedDevice = ''
  tiedGrant = ''
  private readonly table: UsesTable
  /** Where its uses are; -1 while it has none. */
  private row = -1

  constructor(
    { tenant, instance }: { readonly tenant: string; readonly instance: string },
    { sessionKind, sessionId, subjectRef = '', occurredAt }: FirstMention,
    table: UsesTable,
  ) {
    this.tenant = tenant
    this.instance = instance
    this.kind = sessionKind
    this.id = sessionId
    this.subjectRef = subjectRef
    this.firstSeenAt = occurredAt ?? Number.MAX_SAFE_INTEGER
    this.table = table
  }

  get uses(): readonly Use[] {
    return this.row < 0 ? noUses : this.table.list(this.row)
  }

  get lastAccepted(): Use | null {
    return this.row < 0 ? null : this.table.last(this.row)
  }

  /** Only uses young enough for an end or expiry to be heard of after them are kept. */
  learnUse(use: Use): void {
    if (this.row < 0) this.row = this.table.take()
    if (this.table.learn(this.row, use)) this.usesOverflow = true
  }

  /** Its uses go; a subject that still holds it holds a part. */
  forget(): void {
    if (this.row >= 0) this.table.give(this.row)
    this.row = -1
    this.isPartial = true
  }
}

/** What is known of a session when memory first hears of it: its name, and who spoke of it when. */
export interface FirstMention {
  readonly sessionKind: SessionKind
  readonly sessionId: string
  readonly subjectRef?: string
  readonly occurredAt?: number
}

/** The same for subjects. */
const noFirsts: FirstSights = { seen: [], overflow: false }
const noSightings: readonly Sighting[] = []
const noJourneys: readonly Journey[] = []
const noSessions: SessionSlot[] = []
const noRecoveries: readonly RecoveryRequest[] = []
const noChanges: readonly CredentialChange[] = []
export const noSignOuts: readonly SignOut[] = []

/** A subject's memory in its writable form: only this folder holds it. */
export class SubjectSlot implements SubjectMemory, Generational {
  readonly tenant: string
  readonly instance: string
  readonly ref: string
  /** What was shown last: most events show the same, and then nothing else need be looked at. */
  lastShownAt = Number.POSITIVE_INFINITY
  lastShownCountry = ''
  lastShownDevice = ''
  lastShownAsn = 0
  countries = noFirsts
  devices = noFirsts
  networks = noFirsts
  sightingsOverflow = false
  journeys = noJourneys
  /** The one longest unheard of comes first. */
  sessions = noSessions
  sessionsOverflow = false
  recoveries = noRecoveries
  changes = noChanges
  /** The youngest change that made room: no request before it is kept. */
  changesSince = Number.NEGATIVE_INFINITY
  signOuts = noSignOuts
  /** The sign-outs of its instance that all its sessions were held against. */
  signOutsOfInstance = noSignOuts
  lastUsedGeneration = 0
  /** True once it stands on no map any more. */
  isForgotten = false
  /** Whether this process has written who the subject is, and with which address. */
  named = false
  email = ''
  private readonly table: SightingsTable
  /** Where its sightings are; -1 while it has none. */
  private row = -1

  constructor(
    { tenant, instance }: { readonly tenant: string; readonly instance: string },
    ref: string,
    table: SightingsTable,
  ) {
    this.tenant = tenant
    this.instance = instance
    this.ref = ref
    this.table = table
  }

  get sightings(): readonly Sighting[] {
    return this.row < 0 ? noSightings : this.table.list(this.row)
  }

  get lastSightedAt(): number {
    return this.row < 0 ? Number.NaN : this.table.lastAt(this.row)
  }

  get lastSightedIp(): string {
    return this.row < 0 ? '' : this.table.lastIp(this.row)
  }

  addSighting(seen: Seen): void {
    if (this.row < 0) this.row = this.table.take()
    if (this.table.add(this.row, seen)) this.sightingsOverflow = true
  }

  /** Its sightings go; a session that still holds it must look for the one after it. */
  forget(): void {
    if (this.row >= 0) this.table.give(this.row)
    this.row = -1
    this.isForgotten = true
  }
}

/** The slots of one event. */
export interface Slots {
  subject: SubjectSlot | null
  readonly session: SessionSlot | null
}
