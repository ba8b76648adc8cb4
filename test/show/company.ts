import { createHash } from 'node:crypto'
import type { Append } from '../../src/contract/ports.ts'
import type { Told } from './world.ts'
import { curfewIdOf, minute, orderIdOf, second, secretOf, start, told, write } from './world.ts'

/** References look as real ones do, and differ from tenant to tenant. */
export const refOf = (tenant: string, person: string): string =>
  createHash('md5').update(`${tenant}/${person}`).digest('hex')

const cause = start + 10 * minute

/**
 * What one tenant's people did: Ada's password was reset, Ben has an agent. Every tenant has sessions
 * of the same names, so that a query that forgets the tenant mixes them up.
 */
export const sessionsOf = (tenant: string): readonly Told[] => [
  told({
    id: 'phone',
    subject: refOf(tenant, 'ada'),
    orderedAt: cause + second,
    acknowledgedAt: cause + 2 * second,
    readBackAt: cause + 3 * second,
    endedAt: cause + 4 * second,
    refusedAt: cause + minute,
  }),
  told({
    id: 'laptop',
    subject: refOf(tenant, 'ada'),
    uses: [{ at: cause + 20 * minute, observer: 'idp' }],
  }),
  told({ id: 'agent', subject: refOf(tenant, 'ben'), expiresAt: cause + minute }),
]

export const findingIdOf = (tenant: string, number: number) => `${tenant}-finding-${number}`

/** Writes a whole tenant: its sessions, people, findings, waiting order and rejected messages. */
export async function writeCompany(append: Append, tenant: string): Promise<void> {
  await write(append, tenant, sessionsOf(tenant))
  await append('identities', [identity(tenant, 'ada'), identity(tenant, 'ben')])
  await append(
    'findings',
    [1, 2, 3, 4, 5].map((number) => finding(tenant, number)),
  )
  await append('order_steps', [
    {
      tenant,
      instance: 'one',
      order_id: orderIdOf(tenant, 'waiting'),
      epoch: 1,
      seq: 1,
      state: 'awaiting_approval',
      at: new Date(cause).toISOString(),
      session_kind: 'online',
      session_id: 'laptop',
      incarnation: 0,
      subject_ref: refOf(tenant, 'ada'),
      curfew_ids: [curfewIdOf(tenant, 'laptop')],
      reason: secretOf(tenant),
      actor: 'curfew',
    },
  ])
  await append('listed_sessions', [
    {
      tenant,
      instance: 'one',
      session_kind: 'online',
      session_id: 'tablet',
      subject_ref: refOf(tenant, 'ben'),
      listing_id: `${tenant}-listing`,
      listed_at: new Date(cause).toISOString(),
      ip: tenant === 'acme' ? '192.0.2.1' : '192.0.2.2',
    },
  ])
  await append(
    'rejected',
    [0, 1, 2].map((offset) => rejected(tenant, offset)),
  )
  await append(
    'conflicts',
    ['11', '9', '18446744073709551615', '12'].map((hash, at) => conflicting(tenant, hash, at)),
  )
}

const identity = (tenant: string, person: string) => ({
  tenant,
  instance: 'one',
  subject_ref: refOf(tenant, person),
  subject_id: `user-${person}`,
  subject_kind: 'user',
  // Both companies have an Ada under one e-mail address.
  email: ['2026-11-03 09:00:00.000', `${person}@example.com`],
  last_at: new Date(start).toISOString(),
})

const finding = (tenant: string, number: number) => ({
  tenant,
  instance: 'one',
  finding_id: findingIdOf(tenant, number),
  version: start + number,
  standing: number !== 5,
  detector: number === 4 ? 'new-country' : 'used-after-revoked',
  severity: number === 4 ? 'low' : 'high',
  mode: 'inform',
  at: new Date(cause + number * minute).toISOString(),
  received_at: new Date(cause + number * minute).toISOString(),
  root_kind: 'session',
  root_id: 'phone',
  subject_ref: refOf(tenant, 'ada'),
  session_kind: 'online',
  session_id: 'phone',
  why: secretOf(tenant),
  event_ids: [`${tenant}-event`],
  facts: JSON.stringify({ note: secretOf(tenant), km: 12.5, far: true }),
  as_of: null,
})

/** Two events of two contents each; the second contradiction was found a minute later. */
const conflicting = (tenant: string, content_hash: string, at: number) => ({
  tenant,
  instance: 'one',
  event_id: `${tenant} event ${Math.floor(at / 2)}`,
  content_hash,
  native_id: secretOf(tenant),
  type: 'session.used',
  occurred_at: new Date(cause).toISOString(),
  received_at: new Date(cause).toISOString(),
  source: at % 2 === 0 ? 'kafka:events' : 'feed:one',
  partition: 0,
  offset: at,
  subject_ref: refOf(tenant, 'ada'),
  session_kind: 'online',
  session_id: 'laptop',
  found_at: new Date(cause + Math.floor(at / 2) * 60_000).toISOString(),
})

const rejected = (tenant: string, offset: number) => ({
  tenant,
  instance: 'one',
  source: 'kafka:events',
  partition: 0,
  offset,
  received_at: new Date(cause).toISOString(),
  reason: 'not_json',
  detail: secretOf(tenant),
  excerpt: `<script>alert("${secretOf(tenant)}")</script>`,
  digest: 'f'.repeat(32),
  bytes: 40,
})
