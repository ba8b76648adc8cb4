import { defaultPolicy } from '../../src/config/policy.ts'
import { readSettings } from '../../src/config/settings.ts'
import type { Cause } from '../../src/contract/cause.ts'
import type { EventType, InitiatorKind, ScopeKind } from '../../src/contract/event-words.ts'
import type { Policy } from '../../src/contract/policy.ts'
import type { Clock, Log, Meter } from '../../src/contract/ports.ts'
import type { Batch, Binding } from '../../src/contract/raw-message.ts'
import { makePseudonym } from '../../src/decode/pseudonym.ts'
import { examplePlaces } from '../../src/detect/detector.ts'
import { makeCondemn } from '../../src/impose/condemn.ts'
import type { Ingest } from '../../src/runtime/ingest.ts'
import { openIngest } from '../../src/runtime/ingest.ts'
import type { Store } from '../../src/store/store.ts'
import { idleMeter, sealKey, silentLog } from '../given.ts'

/** Small histories of invented people, and the whole journey over a real store to play them on. */

export const second = 1_000
export const minute = 60 * second
export const start = Date.parse('2026-11-03T09:00:00.000Z')
/** When messages are received, when the clock begins to run, and an instant after everything. */
const noon = start + 6 * 3_600_000
const afternoon = start + 7 * 3_600_000
export const evening = start + 12 * 3_600_000
export const instance = 'one'

/** What happened, in few words; what is absent nobody told. */
export interface Happening {
  /** Ms from the start. */
  readonly at: number
  readonly type: EventType
  readonly session?: string | undefined
  readonly kind?: 'online' | 'offline' | 'agent' | undefined
  readonly createdAt?: number | undefined
  readonly subject?: string | undefined
  readonly from?: keyof typeof examplePlaces | undefined
  readonly outcome?: 'accepted' | 'refused' | undefined
  readonly observer?: 'idp' | 'application' | undefined
  readonly refusal?: 'session_ended' | 'not_allowed' | undefined
  readonly organization?: string | undefined
  readonly connection?: string | undefined
  readonly device?: string | undefined
  readonly grant?: string | undefined
  readonly expiresAt?: number | undefined
  readonly tokenIssuedAt?: number | undefined
  readonly initiator?: { readonly kind: InitiatorKind; readonly session?: string } | undefined
  readonly scope?: { readonly kind: ScopeKind; readonly id?: string | undefined } | undefined
  readonly reason?: string | undefined
}

/** A happening with the id that its source gave it. */
export interface Told extends Happening {
  readonly id: string
}

/** Names the happenings of a history e0, e1, … */
export const tell = (history: readonly Happening[]): readonly Told[] =>
  history.map((happening, index) => ({ ...happening, id: `e${index}` }))

/** The message that a producer would send about it. */
export function messageOf(told: Told): object {
  const { from, initiator } = told
  const use = told.type === 'session.used'
  return {
    version: 1,
    id: told.id,
    type: told.type,
    occurred_at: timeOf(told.at),
    ...(told.session === undefined ? {} : { session: sessionOf(told, told.session) }),
    ...(told.subject === undefined ? {} : { subject: { id: told.subject } }),
    ...(use ? { outcome: outcomeOf(told) } : {}),
    ...(from === undefined ? {} : seenFrom(from)),
    ...(told.organization === undefined ? {} : { organization_id: told.organization }),
    ...(told.connection === undefined ? {} : { connection_id: told.connection }),
    ...(told.device === undefined ? {} : { device_id: told.device }),
    ...(told.grant === undefined ? {} : { grant_id: told.grant }),
    ...(told.expiresAt === undefined ? {} : { expires_at: timeOf(told.expiresAt) }),
    ...(told.tokenIssuedAt === undefined
      ? {}
      : { token: { issued_at: timeOf(told.tokenIssuedAt) } }),
    ...(initiator === undefined ? {} : { initiator: initiatorOf(initiator) }),
    ...(told.scope === undefined ? {} : { scope: told.scope }),
    ...(told.reason === undefined ? {} : { reason: told.reason }),
  }
}

const timeOf = (at: number) => new Date(start + at).toISOString()

function sessionOf({ kind, createdAt }: Told, id: string) {
  return {
    id,
    ...(kind === undefined ? {} : { kind }),
    ...(createdAt === undefined ? {} : { created_at: timeOf(createdAt) }),
  }
}

function outcomeOf({ outcome = 'accepted', observer = 'idp', refusal }: Told) {
  return {
    result: outcome,
    observer,
    ...(refusal === undefined || outcome === 'accepted' ? {} : { refusal_reason: refusal }),
  }
}

function initiatorOf({ kind, session }: NonNullable<Told['initiator']>) {
  return { kind, ...(session === undefined ? {} : { session_id: session }) }
}

/** Each place has an address and a network of its own. */
function seenFrom(from: keyof typeof examplePlaces) {
  const { country, city, latitude, longitude, accuracyKm } = examplePlaces[from]
  const number = Object.keys(examplePlaces).indexOf(from)
  return {
    ip: `192.0.2.${number}`,
    place: { country, city, latitude, longitude, accuracy_km: accuracyKm },
    network: { asn: 64_496 + number, class: 'fixed' },
  }
}

export const bindingOf = (tenant: string, more: Partial<Binding> = {}): Binding => ({
  tenant,
  instance,
  lane: 'live',
  mayAct: true,
  trusted: [],
  ...more,
})

export interface TestIngest extends Ingest {
  /** One batch of one tenant; `durable` once it is recorded and its position committed. */
  readonly take: (
    tenant: string,
    told: readonly Told[],
    more?: Partial<Batch> & { readonly firstOffset?: number },
  ) => Promise<{ readonly durable: Promise<void> }>
  /** Causes that were told once they were durable. */
  readonly causes: readonly Cause[]
}

export interface TestIngestOptions {
  readonly store: Store
  readonly policy?: Policy
  readonly subjectsMax?: number
  readonly flushRows?: number
  readonly clock?: Clock
  readonly log?: Log
  readonly meter?: Meter
}

/** A subject's reference, the same in every test. */
export const pseudonym = makePseudonym({ key: sealKey, cacheMax: 10_000 })
export const refOf = (tenant: string, subject: string) => pseudonym(tenant, instance, subject)

/** Time that moves on by a millisecond whenever it is read; it never lets anybody wait. */
export function makeRunningClock(from = afternoon): Clock {
  let at = from
  return { now: () => ++at, wait: () => new Promise((resolve) => setImmediate(resolve)) }
}

/** The whole journey, with silent ports; every batch is written at once unless told otherwise. */
export async function openTestIngest(options: TestIngestOptions): Promise<TestIngest> {
  const { store, policy = defaultPolicy, subjectsMax = 1_000, flushRows = 1 } = options
  const causes: Cause[] = []
  const ingest = await openIngest({
    settings: {
      ...readSettings({}),
      CURFEW_MEMORY_SUBJECTS: subjectsMax,
      CURFEW_FLUSH_ROWS: flushRows,
      CURFEW_FLUSH_MS: 60_000,
    },
    policy,
    store,
    pseudonym,
    condemn: makeCondemn({ policy }),
    clock: options.clock ?? makeRunningClock(),
    log: options.log ?? silentLog,
    meter: options.meter ?? idleMeter,
    onCauses: (some) => causes.push(...some),
  })
  const ends = new Map<string, number>()
  return {
    ...ingest,
    causes,
    take: (tenant, told, { firstOffset, ...more } = {}) => {
      const source = more.source ?? `file:${tenant}`
      const first = firstOffset ?? ends.get(source) ?? 0
      ends.set(source, Math.max(ends.get(source) ?? 0, first + told.length))
      return ingest.deliver({
        source,
        partition: 0,
        format: 'session-event-v1',
        binding: bindingOf(tenant),
        messages: told.map((each, index) => ({
          value: Buffer.from(JSON.stringify(messageOf(each))),
          offset: first + index,
          receivedAt: noon,
        })),
        redelivered: false,
        commit: async () => {},
        ...more,
      })
    },
  }
}
