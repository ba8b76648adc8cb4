import type { CauseClass } from '../../src/contract/cause.ts'
import type { Append } from '../../src/contract/ports.ts'

/**
 * A small world told as facts about sessions, and written as the rows that those facts would have
 * left behind. What a report must say about it is computed in `expected.ts`, from these facts alone.
 */

export const second = 1_000
export const minute = 60 * second
export const hour = 60 * minute

/** One session with one condemning cause; all instants in ms, null for what never happened. */
export interface Told {
  readonly id: string
  readonly instance: string
  readonly subject: string
  readonly subjectKind: 'user' | 'service' | 'agent'
  readonly organizations: readonly string[]
  readonly class: CauseClass
  readonly createdAt: number | null
  readonly causeAt: number
  /** Who brought the cause about, '' when nobody said. */
  readonly causedBy: string
  /** By which lane the cause was told. */
  readonly lane: 'live' | 'historical'
  readonly deadlineAt: number
  readonly detectedAt: number
  readonly orderedAt: number | null
  readonly acknowledgedAt: number | null
  readonly readBackAt: number | null
  readonly endedAt: number | null
  readonly refusedAt: number | null
  readonly uses: readonly { readonly at: number; readonly observer: 'idp' | 'application' }[]
  readonly expiresAt: number | null
  readonly tokenExpiresAt: number | null
  /** Whether its subject was listed completely after the cause. */
  readonly listed: boolean
}

export const start = Date.parse('2026-11-03T09:00:00.000Z')

/** A session of a person whose password was reset ten minutes in, five minutes to die; untouched. */
export function told(more: Partial<Told> & { readonly id: string }): Told {
  const causeAt = more.causeAt ?? start + 10 * minute
  return {
    instance: 'one',
    subject: `ref-${more.id}`,
    subjectKind: 'user',
    organizations: [],
    class: 'credential_reset',
    createdAt: start,
    causeAt,
    causedBy: '',
    lane: 'live',
    deadlineAt: causeAt + 5 * minute,
    detectedAt: causeAt + second,
    orderedAt: null,
    acknowledgedAt: null,
    readBackAt: null,
    endedAt: null,
    refusedAt: null,
    uses: [],
    expiresAt: null,
    tokenExpiresAt: null,
    listed: true,
    ...more,
  }
}

/** A text that stands in every row of a tenant that has room for one, and in nobody else's. */
export const secretOf = (tenant: string) => `secret of ${tenant}`

const iso = (at: number) => new Date(at).toISOString()
const isoOrNull = (at: number | null) => (at === null ? null : iso(at))

/** Names every row of a tenant's world after the tenant, so that none can pass for another's. */
export async function write(append: Append, tenant: string, world: readonly Told[]): Promise<void> {
  const rows = world.flatMap((each) => rowsOf(tenant, each))
  for (const table of new Set(rows.map((row) => row.table))) {
    await append(
      table,
      rows.filter((row) => row.table === table).map((row) => row.row),
    )
  }
}

interface TableRow {
  readonly table: string
  readonly row: object
}

function rowsOf(tenant: string, of: Told): TableRow[] {
  return [
    ...eventsOf(tenant, of).map((row) => ({ table: 'events', row })),
    ...of.organizations.map((value) => ({
      table: 'session_edges',
      row: { ...named(tenant, of), edge: 'organization', value, first_seen_at: iso(of.causeAt) },
    })),
    { table: 'causes', row: causeOf(tenant, of) },
    { table: 'curfews', row: curfewOf(tenant, of) },
    ...stepsOf(tenant, of).map((row) => ({ table: 'order_steps', row })),
    ...evidenceOf(tenant, of).map((row) => ({ table: 'evidence', row })),
    ...(of.listed ? [{ table: 'listings', row: listingOf(tenant, of) }] : []),
  ]
}

const named = (tenant: string, of: Told) => ({
  tenant,
  instance: of.instance,
  session_kind: 'online',
  session_id: of.id,
})

function eventsOf(tenant: string, of: Told): object[] {
  const event = (what: string, at: number, more: object = {}) => ({
    ...named(tenant, of),
    event_id: `${tenant}-${of.id}-${what}-${at}`,
    type: 'session.used',
    occurred_at: iso(at),
    received_at: iso(at),
    lane: 'live',
    source: 'feed:one',
    subject_ref: of.subject,
    subject_kind: of.subjectKind,
    expires_at: isoOrNull(of.expiresAt),
    token_expires_at: isoOrNull(of.tokenExpiresAt),
    ip: '203.0.113.9',
    country: 'PL',
    city: 'Warsaw',
    network_name: secretOf(tenant),
    browser: 'Firefox',
    os: 'Linux',
    outcome: '',
    observer: '',
    refusal_reason: '',
    initiator_kind: '',
    initiator_id: '',
    initiator_client: '',
    reason: secretOf(tenant),
    ...more,
  })
  return [
    ...(of.createdAt === null ? [] : [event('created', of.createdAt, { type: 'session.created' })]),
    ...of.uses.map(({ at, observer }) => event('used', at, { outcome: 'accepted', observer })),
    ...(of.endedAt === null ? [] : [event('revoked', of.endedAt, { type: 'session.revoked' })]),
    ...(of.refusedAt === null
      ? []
      : [event('refused', of.refusedAt, { outcome: 'refused', refusal_reason: 'session_ended' })]),
  ]
}

const causeIdOf = (tenant: string, of: Told) => `${tenant}-cause-${of.id}`
export const curfewIdOf = (tenant: string, id: string) => `${tenant}-curfew-${id}`
export const orderIdOf = (tenant: string, id: string) => `${tenant}-order-${id}`

const causeOf = (tenant: string, of: Told) => ({
  tenant,
  instance: of.instance,
  cause_id: causeIdOf(tenant, of),
  class: of.class,
  event_id: `${tenant}-event-${of.id}`,
  at: iso(of.causeAt),
  received_at: iso(of.causeAt),
  lane: of.lane,
  may_act: true,
  scope_kind: 'subject',
  subject_ref: of.subject,
  initiator_id: of.causedBy,
  reason: secretOf(tenant),
})

const curfewOf = (tenant: string, of: Told) => ({
  ...named(tenant, of),
  curfew_id: curfewIdOf(tenant, of.id),
  incarnation: 0,
  class: of.class,
  cause_id: causeIdOf(tenant, of),
  cause_at: iso(of.causeAt),
  deadline_at: iso(of.deadlineAt),
  mode: 'enforce',
  may_act: true,
  certainty: 'certain',
  scope_kind: 'subject',
  subject_ref: of.subject,
  found_by: 'inline',
  detected_at: iso(of.detectedAt),
})

function stepsOf(tenant: string, of: Told): object[] {
  const step = (seq: number, state: string, at: number) => ({
    ...named(tenant, of),
    order_id: orderIdOf(tenant, of.id),
    epoch: 1,
    seq,
    state,
    at: iso(at),
    incarnation: 0,
    subject_ref: of.subject,
    curfew_ids: [curfewIdOf(tenant, of.id)],
    reason: secretOf(tenant),
    actor: 'curfew',
  })
  if (of.orderedAt === null) return []
  return [
    step(1, 'dispatching', of.orderedAt),
    ...(of.acknowledgedAt === null ? [] : [step(2, 'acknowledged', of.acknowledgedAt)]),
  ]
}

function evidenceOf(tenant: string, of: Told): object[] {
  const seen = (level: string, means: string, at: number | null) =>
    at === null
      ? []
      : [
          {
            ...named(tenant, of),
            evidence_id: `${tenant}-${of.id}-${level}`,
            incarnation: 0,
            level,
            means,
            at: iso(at),
            order_id: orderIdOf(tenant, of.id),
            listing_id: '',
            detail: secretOf(tenant),
          },
        ]
  return [...seen('E1', 'answer', of.acknowledgedAt), ...seen('E2', 'listing', of.readBackAt)]
}

const listingOf = (tenant: string, of: Told) => ({
  tenant,
  instance: of.instance,
  subject_ref: of.subject,
  listing_id: `${tenant}-listing-${of.id}`,
  started_at: iso(of.causeAt + second),
  finished_at: iso(of.causeAt + 2 * second),
  complete: true,
  sessions: 1,
})
