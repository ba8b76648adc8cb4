import type { Fate } from './fates.ts'
import { fates, youngFates } from './fates.ts'

/** One curfew of the world: a session, its cause and what happened to it. */
export interface Case {
  readonly tenant: string
  readonly instance: string
  readonly sessionId: string
  readonly causeAt: number
  readonly fate: Fate
  /** False for a second curfew of a session whose events are already there. */
  readonly ownRows: boolean
}

export type TableRow = { readonly [column: string]: unknown }

const minute = 60_000
const hour = 60 * minute

export const places = [
  { tenant: 'acme', instance: 'main' },
  { tenant: 'acme', instance: 'partner' },
  { tenant: "o'brien", instance: 'main' },
] as const

/** The curfews of a day that ends at `toMs`. */
export function makeCases(toMs: number): readonly Case[] {
  const begin = toMs - 22 * hour
  const usual = places.flatMap((place, shift) =>
    fates.map((fate, at) => ({
      ...place,
      sessionId: `s-${place.instance}-${shift}-${at}`,
      causeAt: begin + at * 41 * minute + shift * 13 * minute,
      fate,
      ownRows: true,
    })),
  )
  const young = youngFates.map((fate, at) => ({
    ...places[0],
    sessionId: `s-young-${at}`,
    causeAt: toMs - 30_000,
    fate,
    ownRows: true,
  }))
  return [...usual, ...young, ...lastHour(toMs), ...secondCurfews(usual)]
}

/** Enough curfews within the last hour to judge coverage by; three of them went wrong. */
function lastHour(toMs: number): readonly Case[] {
  const named = (name: string) => {
    const fate = fates.find((each) => each.name === name)
    if (!fate) throw new Error(`no fate is called '${name}'`)
    return fate
  }
  const [good, bad] = [named('contained in time 0'), named('nobody knows')]
  return Array.from({ length: 24 }, (_, at) => ({
    ...places[1],
    sessionId: `s-last-hour-${at}`,
    causeAt: toMs - (50 - at) * minute,
    fate: at % 8 === 0 ? bad : good,
    ownRows: true,
  }))
}

/** A session may be condemned twice for different classes; the earlier cause is then kept late. */
function secondCurfews(cases: readonly Case[]): readonly Case[] {
  const first = cases[0]
  if (!first) throw new Error('there is no session to condemn twice')
  const later = (ms: number | undefined) => (ms ?? 0) + 5 * minute
  const { orderedMs, acknowledgedMs, readBackMs, tokenExpiresMs } = first.fate
  const fate: Fate = {
    name: 'the same session for another reason',
    class: 'factor_changed',
    deadlineMs: minute,
    createdMs: later(first.fate.createdMs ?? 0),
    detectedMs: 300,
    orderedMs: later(orderedMs),
    acknowledgedMs: later(acknowledgedMs),
    readBackMs: later(readBackMs),
    tokenExpiresMs: later(tokenExpiresMs),
    judged: {
      certainty: 'certain',
      verdict: 'unproven',
      outcome: 'contained_late',
      deadMs: later(readBackMs),
      best: 'E2 read back as gone',
    },
  }
  return [{ ...first, causeAt: first.causeAt - 5 * minute, fate, ownRows: false }]
}

const iso = (ms: number) => new Date(ms).toISOString()

export const eventDefaults = {
  tenant: '',
  instance: '',
  event_id: '',
  type: 'session.used',
  occurred_at: '',
  received_at: '',
  recorded_at: '',
  lane: 'live',
  source: 'kafka:sessions',
  unknown_fields: 0,
  session_kind: 'online',
  session_id: '',
  subject_ref: '',
  expires_at: null as string | null,
  token_expires_at: null as string | null,
  outcome: '',
  refusal_reason: '',
  observer: '',
  initiator_kind: '',
  place_state: 'hit',
  network_state: 'hit',
  device_state: 'hit',
}
export type EventRow = typeof eventDefaults

/** A row of `events`: received 200 ms after it happened and recorded 300 ms later, unless told. */
export function eventRow(occurredAt: number, given: Partial<EventRow>): EventRow {
  return {
    ...eventDefaults,
    occurred_at: iso(occurredAt),
    received_at: iso(occurredAt + 200),
    recorded_at: iso(occurredAt + 500),
    ...given,
  }
}

export const subjectOf = (one: Case) => `ref-${one.sessionId}`

/** What the session of a case told by events. */
export function eventsOf(one: Case): readonly EventRow[] {
  if (!one.ownRows) return []
  const { fate, tenant, instance, sessionId } = one
  const told = (name: string, ms: number, given: Partial<EventRow>) =>
    eventRow(one.causeAt + ms, {
      tenant,
      instance,
      session_id: sessionId,
      subject_ref: subjectOf(one),
      event_id: `${tenant}-${sessionId}-${name}`,
      ...given,
    })
  const expiry = (ms: number | undefined) => (ms === undefined ? null : iso(one.causeAt + ms))
  const used = (name: string, ms: number, observer: string) =>
    told(name, ms, { type: 'session.used', outcome: 'accepted', observer })
  return [
    ...(fate.createdMs === null
      ? []
      : [
          told('created', fate.createdMs, {
            type: 'session.created',
            expires_at: expiry(fate.expiresMs),
            token_expires_at: expiry(fate.tokenExpiresMs),
          }),
        ]),
    ...(fate.endEventMs === undefined
      ? []
      : [told('ended', fate.endEventMs, { type: 'session.ended', initiator_kind: 'user' })]),
    ...(fate.refusedMs === undefined
      ? []
      : [
          told('refused', fate.refusedMs, {
            outcome: 'refused',
            refusal_reason: 'session_ended',
            observer: 'idp',
          }),
        ]),
    ...(fate.aliveMs ?? []).map((ms, at) => used(`alive-${at}`, ms, 'idp')),
    ...(fate.exposedMs ?? []).map((ms, at) => used(`exposed-${at}`, ms, 'application')),
  ]
}

/** The curfew row, found twice: by sweep later than inline, which must change nothing. */
export function curfewsOf(one: Case): readonly TableRow[] {
  const { fate, tenant, instance, sessionId, causeAt } = one
  const curfewId = `${tenant}-${sessionId}-${fate.class}`
  const row = {
    tenant,
    instance,
    curfew_id: curfewId,
    session_kind: 'online',
    session_id: sessionId,
    incarnation: 0,
    class: fate.class,
    cause_id: `cause-${curfewId}`,
    cause_at: iso(causeAt),
    deadline_at: iso(causeAt + fate.deadlineMs),
    mode: 'enforce',
    may_act: true,
    certainty: 'certain',
    scope_kind: 'subject',
    subject_ref: subjectOf(one),
    found_by: 'inline',
    detected_at: iso(causeAt + fate.detectedMs),
  }
  const later = iso(causeAt + fate.detectedMs + 9_000)
  return [row, { ...row, found_by: 'sweep', detected_at: later }]
}

export function evidenceOf(one: Case): readonly TableRow[] {
  const { fate, tenant, instance, sessionId, causeAt } = one
  const row = (level: string, means: string, ms: number) => ({
    tenant,
    instance,
    evidence_id: `${tenant}-${sessionId}-${level}`,
    session_kind: 'online',
    session_id: sessionId,
    incarnation: 0,
    level,
    means,
    at: iso(causeAt + ms),
    order_id: `order-${sessionId}`,
  })
  if (!one.ownRows) return []
  return [
    ...(fate.acknowledgedMs === undefined ? [] : [row('E1', 'answer', fate.acknowledgedMs)]),
    ...(fate.readBackMs === undefined ? [] : [row('E2', 'listing', fate.readBackMs)]),
  ]
}

export function stepsOf(one: Case): readonly TableRow[] {
  const { fate, tenant, instance, sessionId, causeAt } = one
  if (!one.ownRows || fate.orderedMs === undefined) return []
  const row = (seq: number, state: string, ms: number) => ({
    tenant,
    instance,
    order_id: `order-${tenant}-${sessionId}`,
    epoch: 1,
    seq,
    state,
    at: iso(causeAt + ms),
    session_kind: 'online',
    session_id: sessionId,
    incarnation: 0,
    subject_ref: subjectOf(one),
    reason: '',
  })
  return [
    row(1, 'queued', fate.orderedMs - 40),
    row(2, 'dispatching', fate.orderedMs),
    ...(fate.acknowledgedMs === undefined ? [] : [row(3, 'acknowledged', fate.acknowledgedMs)]),
    ...(fate.readBackMs === undefined ? [] : [row(4, 'contained', fate.readBackMs)]),
  ]
}
