import type { EventRow, TableRow } from './world.ts'
import { eventRow, places } from './world.ts'

/** What the world holds beside its curfews: findings, oddities of the intake, listings. */

const minute = 60_000
const iso = (ms: number) => new Date(ms).toISOString()

export type FindingVersion = {
  readonly tenant: string
  readonly instance: string
  readonly finding_id: string
  readonly version: number
  readonly standing: boolean
  readonly detector: string
  readonly severity: string
  readonly mode: string
  readonly at: string
  readonly received_at: string
  readonly recorded_at: string
  readonly subject_ref: string
  readonly session_kind: string
  readonly session_id: string
  readonly why: string
  readonly facts: string
}

const stories = [
  { detector: 'impossible-travel', versions: [{ severity: 'medium' }] },
  { detector: 'impossible-travel', versions: [{ severity: 'low' }, { severity: 'high' }] },
  {
    detector: 'impossible-travel',
    versions: [{ severity: 'medium' }, { severity: 'medium', standing: false }],
  },
  { detector: 'new-country', versions: [{ severity: 'low' }] },
  { detector: 'new-country', versions: [{ severity: 'low', mode: 'shadow' }] },
  { detector: 'used-after-revoked', versions: [{ severity: 'critical' }] },
  {
    detector: 'used-after-revoked',
    versions: [{ severity: 'medium', standing: false }, { severity: 'critical' }],
  },
  { detector: 'used-after-revoked', versions: [{ severity: 'low' }] },
] as const

/** Every version twice, and later versions first: neither may matter. */
export function makeFindings(toMs: number): readonly FindingVersion[] {
  return places.flatMap((place, shift) =>
    stories.flatMap((story, at) => {
      const seenAt = toMs - (20 - at * 2) * 60 * minute - shift * 7 * minute
      const versions = story.versions.map((version: VersionStory, turn) => ({
        ...place,
        finding_id: `f-${place.tenant}-${place.instance}-${at}`,
        version: seenAt + 1_000 + turn * minute,
        standing: version.standing ?? true,
        detector: story.detector,
        severity: version.severity,
        mode: version.mode ?? 'inform',
        at: iso(seenAt),
        received_at: iso(seenAt + 200),
        recorded_at: iso(seenAt + 1_500 + turn * minute),
        subject_ref: `ref-f-${at}`,
        session_kind: 'online',
        session_id: `s-f-${shift}-${at}`,
        why: `it's seen in version ${turn}; <b>not markup</b>`,
        facts: '{}',
      }))
      return [...versions, ...versions].reverse()
    }),
  )
}

interface VersionStory {
  readonly severity: string
  readonly standing?: boolean
  readonly mode?: string
}

/** Events that are odd in one way each; some of them came twice. */
export function makeOddEvents(toMs: number): readonly EventRow[] {
  const begin = toMs - 10 * 60 * minute
  return places.flatMap((place, shift) => {
    const odd = (name: string, at: number, given: Partial<EventRow>) =>
      eventRow(begin + at * minute + shift * 3 * minute, {
        ...place,
        event_id: `odd-${place.tenant}-${place.instance}-${name}`,
        type: 'authentication.succeeded',
        source: 'feed:keycloak',
        ...given,
      })
    // In the historical lane, whose delays are not shown: one of the two goes when the engine merges.
    const again = odd('twice', 1, { lane: 'historical' })
    return [
      again,
      again,
      odd('private address', 2, { place_state: 'not_evaluable', network_state: 'not_evaluable' }),
      odd('unknown address', 3, { place_state: 'miss', network_state: 'miss' }),
      odd('new agent', 4, { device_state: 'miss' }),
      odd('new fields', 5, { unknown_fields: 3 }),
      odd('more new fields', 6, { unknown_fields: 1 }),
      // Two contents under one id; they differ in the time, so the engine never merges them.
      odd('conflict', 7, {}),
      odd('conflict', 8, {}),
      odd('slow', 9, { recorded_at: iso(begin + (9 + shift * 3) * minute + 45_000) }),
      odd('clock ahead', 10, { recorded_at: iso(begin + (10 + shift * 3) * minute - 700) }),
      odd('replayed', 11, {
        lane: 'historical',
        source: 'file:abc',
        recorded_at: iso(begin + 500 * minute),
      }),
    ]
  })
}

export type RejectedRow = {
  readonly tenant: string
  readonly instance: string
  readonly source: string
  readonly partition: number
  readonly offset: number
  readonly received_at: string
  readonly reason: string
  readonly detail: string
  readonly excerpt: string
  readonly digest: string
  readonly bytes: number
}

/** A busy quarter of an hour at one instance. */
export function makeBurst(toMs: number): readonly EventRow[] {
  return Array.from({ length: 110 }, (_, at) =>
    eventRow(toMs - 14 * minute + at * 4_000, {
      ...places[2],
      event_id: `burst-${at}`,
      type: 'authentication.failed',
    }),
  )
}

/** Of whose messages some are no events. */
export function makeBadBurst(toMs: number): readonly RejectedRow[] {
  return Array.from({ length: 9 }, (_, at) => ({
    ...places[2],
    source: 'feed:keycloak',
    partition: 0,
    offset: at,
    received_at: iso(toMs - 12 * minute + at * 30_000),
    reason: 'wrong_type',
    detail: 'ip: expected text',
    excerpt: '{}',
    digest: 'e'.repeat(32),
    bytes: 2,
  }))
}

export function makeRejected(toMs: number): readonly RejectedRow[] {
  const reasons = ['not_json', 'not_json', 'missing_field', 'too_large', 'missing_field']
  return places.flatMap((place, shift) =>
    reasons.slice(shift).flatMap((reason, offset) => {
      const row = {
        ...place,
        source: 'kafka:sessions',
        partition: shift,
        offset,
        received_at: iso(toMs - (9 * 60 - offset * 11) * minute),
        reason,
        detail: `seen at ${offset}`,
        excerpt: '{"email":"ada@example.com"}',
        digest: 'd'.repeat(32),
        bytes: 27,
      }
      return offset === 0 ? [row, row] : [row]
    }),
  )
}

export function makeUnread(toMs: number) {
  return places.flatMap((place, shift) =>
    ['VERIFY_EMAIL', 'UPDATE USER'].map((name, at) => ({
      ...place,
      source: 'feed:keycloak',
      format: 'keycloak',
      why: at === 0 ? 'irrelevant' : 'incomplete',
      lack: at === 0 ? '' : 'admin_event_representation',
      name,
      hour: iso(toMs - (5 + shift) * 60 * minute),
      messages: 3 + at,
      last_at: iso(toMs - (5 + shift) * 60 * minute),
    })),
  )
}

export function makeListings(toMs: number) {
  return places.flatMap((place, shift) =>
    [true, true, false, shift > 0].flatMap((complete, at) => {
      const begun = toMs - (8 * 60 - at * 20) * minute
      const row = {
        ...place,
        subject_ref: `ref-${at}`,
        listing_id: `l-${place.tenant}-${place.instance}-${at}`,
        started_at: iso(begun),
        finished_at: iso(begun + 800),
        complete,
        sessions: 2,
      }
      return at === 0 ? [row, row] : [row]
    }),
  )
}

export function makeCauses(toMs: number): readonly TableRow[] {
  return places.flatMap((place, shift) =>
    ['connection', 'subject', 'device'].flatMap((scope, at) => {
      const row = {
        ...place,
        cause_id: `c-${place.tenant}-${place.instance}-${at}`,
        class: at === 0 ? 'connection_deactivated' : 'device_lost',
        event_id: `e-${at}`,
        at: iso(toMs - (7 * 60 - at * 30 - shift) * minute),
        received_at: iso(toMs - (7 * 60 - at * 30 - shift) * minute + 100),
        recorded_at: iso(toMs - (7 * 60 - at * 30 - shift) * minute + 300),
        lane: 'live',
        may_act: true,
        scope_kind: scope,
        scope_id: 'con-1',
      }
      return [row, row]
    }),
  )
}

/** A list of one tenant that fails for twenty minutes, an enforcer that is two behind, a switch that is on. */
export function makeWork(toMs: number) {
  const none = { failing: false, reason: '' }
  const lists = { tenant: 'acme', work: 'lists', of: 'main', ...none }
  const through = { tenant: '', work: 'enforcement', of: 'through', ...none }
  const row = (of: object, atMinutes: number, recordedMinutes: number) => ({
    ...of,
    at: iso(toMs - atMinutes * minute),
    recorded_at: iso(toMs - recordedMinutes * minute),
  })
  return {
    states: [
      row(lists, 30, 30),
      row({ ...lists, failing: true, reason: 'no_answer' }, 20, 1),
      row(through, 2, 1),
    ],
    waiting: [
      {
        ...{ tenant: 'acme', instance: 'main', order_id: 'order-waiting', epoch: 1, seq: 1 },
        ...{ state: 'awaiting_approval', at: iso(toMs - 30 * minute), reason: 'scope-width' },
        ...{ session_kind: 'online', session_id: 'waiting', incarnation: 0, subject_ref: 'ref' },
      },
    ],
    gaps: [
      {
        ...{ tenant: 'acme', work: 'sources', of: 'feed:main', reason: 'no_answer' },
        ...{ from_at: iso(toMs - 90 * minute), until_at: iso(toMs - 80 * minute) },
      },
    ],
    turns: [
      row({ is_on: true, by: 'acme/ada', reason: 'x' }, 60, 60),
      row({ is_on: false, by: 'acme/ada', reason: 'x' }, 50, 50),
      row({ is_on: true, by: 'acme/ada', reason: 'x' }, 40, 40),
    ],
  }
}
