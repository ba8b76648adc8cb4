import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SessionEntry } from '../../../src/show/queries/session-inventory.ts'
import { readSessions, sessionsStart } from '../../../src/show/queries/session-inventory.ts'
import type { Store } from '../../../src/store/store.ts'
import { openTestStore } from '../../parts/store.ts'
import { hour, minute, start } from '../world.ts'

let store: Store
const now = start + 72 * hour
const iso = (at: number) => new Date(at).toISOString()

const named = (id: string) => ({
  tenant: 'acme',
  instance: 'one',
  session_kind: 'online',
  session_id: id,
  subject_ref: 'ref-1',
})
const event = (id: string, at: number, more: object = {}) => ({
  ...named(id),
  event_id: `${id}-${at}-${JSON.stringify(more).length}`,
  type: 'session.used',
  occurred_at: iso(at),
  received_at: iso(at),
  outcome: '',
  observer: '',
  refusal_reason: '',
  expires_at: null,
  ...more,
})
const created = (id: string, at: number, expires: number | null = null) =>
  event(id, at, { type: 'session.created', expires_at: expires === null ? null : iso(expires) })
const used = (id: string, at: number, observer: string) =>
  event(id, at, { outcome: 'accepted', observer })
const ended = (id: string, at: number) => event(id, at, { type: 'session.ended' })
const refused = (id: string, at: number, reason: string) =>
  event(id, at, { outcome: 'refused', refusal_reason: reason })
const seen = (id: string, level: string, at: number) => ({
  tenant: 'acme',
  instance: 'one',
  session_kind: 'online',
  session_id: id,
  evidence_id: `${id}-${level}`,
  incarnation: 0,
  level,
  means: 'read',
  at: iso(at),
})
const listed = (id: string, at: number) => ({
  ...named(id),
  listing_id: `${id}-${at}`,
  listed_at: iso(at),
  ip: '192.0.2.7',
})

beforeAll(async () => {
  store = await openTestStore()
  await store.append('events', [
    { ...refused('only-listed', now, 'session_ended'), tenant: 'rival' },
    { ...ended('reused', now), tenant: 'rival' },
    created('idle', start),
    created('long-lived', start, now + hour),
    created('past-expiry', start, start + hour),
    created('used-at-idp', start),
    used('used-at-idp', now - hour, 'idp'),
    created('token-still-taken', start),
    ended('token-still-taken', start + hour),
    used('token-still-taken', now - hour, 'application'),
    created('refused-for-rate', now - hour),
    refused('refused-for-rate', now - hour + 1, 'rate_limited'),
    created('reused', start),
    ended('reused', start + hour),
    created('reused', now - hour),
    created('regressed', start),
    used('regressed', now - hour, 'idp'),
    created('gone', now - 2 * hour),
    used('only-by-application', start, 'application'),
    created('blind', start),
    used('blind', now - hour, 'idp'),
    ...['told-ended', 'refused-apart'].flatMap((id) =>
      [created(id, start), ended(id, now - hour)].map((row) => ({ ...row, instance: 'kc' })),
    ),
    { ...created('of-deleted', start), instance: 'kc' },
    { ...refused('refused-apart', now - hour + 5_000, 'session_ended'), instance: 'kc' },
  ])
  await store.append('proof_rules', [
    {
      ...{ tenant: 'acme', instance: 'kc', at: iso(start), apart_ms: 2_000 },
      ...{ absence: 'after_nothing_left', read: 'after_nothing_left', refusal: 'again_apart' },
      ...{ own_end: 'acknowledges', other_end: 'after_nothing_left' },
    },
  ])
  // Another tenant has sessions of the same names, all of them dead: nothing of it counts here.
  await store.append('evidence', [
    { ...seen('used-at-idp', 'E2', now), tenant: 'rival' },
    { ...seen('long-lived', 'E2', now), tenant: 'rival' },
    seen('regressed', 'E2', now - 2 * hour),
    seen('gone', 'E2', now - hour),
    { ...seen('of-deleted', 'E2', now - hour), instance: 'kc', means: 'subject_gone' },
    { ...seen('blind', 'E2', now - 2 * hour), means: 'listing' },
    { ...seen('blind', 'E2', now - minute), means: 'listing', evidence_id: 'blind-again' },
  ])
  await store.append('listed_sessions', [listed('only-listed', now - hour)])
})

afterAll(async () => {
  await store.close()
})

async function inventory(): Promise<ReadonlyMap<string, SessionEntry>> {
  const entries = await readSessions({
    ask: store.ask,
    tenant: 'acme',
    refs: ['ref-1'],
    names: true,
    now,
    after: sessionsStart,
    most: 100,
  })
  return new Map(entries.map((entry) => [entry.session_id, entry]))
}

describe('what is believed of a session', () => {
  it.each([
    ['was read back as gone', 'gone', 'ended', 'E2'],
    ['ended, however long an application still took its token', 'token-still-taken', 'ended', 'E3'],
    ['was gone and then accepted by its provider again', 'regressed', 'alive', 'used'],
    ['ended and whose id was given to a new one', 'reused', 'alive', 'created'],
    ['was refused for another reason than its end', 'refused-for-rate', 'alive', 'created'],
    ['was accepted by its provider', 'used-at-idp', 'alive', 'used'],
    ['is only known from a list', 'only-listed', 'alive', 'listed'],
    ['has not reached its stated expiry', 'long-lived', 'alive', 'created'],
    ['is past its stated expiry', 'past-expiry', 'unknown', 'expiry'],
    ['was not seen for days', 'idle', 'unknown', 'created'],
    ['its provider said had ended, where that proves nothing', 'told-ended', 'unknown', 'E3'],
    ['was refused well after such an end', 'refused-apart', 'ended', 'E4'],
    ['is of a user whom its provider deleted', 'of-deleted', 'ended', 'E2'],
    ['a list does not show that did not show it while it lived', 'blind', 'unknown', 'E2'],
    ['only an application ever saw', 'only-by-application', 'unknown', 'nothing'],
  ])('that %s is told by the evidence', async (_, id, state, by) => {
    expect((await inventory()).get(id)).toMatchObject({ state, state_by: by })
  })

  it('names the evidence that tells it by its id', async () => {
    const entries = await inventory()
    const ids = ['gone', 'told-ended', 'refused-apart', 'of-deleted', 'used-at-idp']
    expect(ids.map((id) => entries.get(id)?.state_id)).toEqual([
      ...['gone-E2', `told-ended-${now - hour}-24`, `refused-apart-${now - hour + 5_000}-54`],
      ...['of-deleted-E2', ''],
    ])
  })

  it('says where it was seen, from a list when no event told', async () => {
    expect((await inventory()).get('only-listed')?.ip).toBe('192.0.2.7')
  })
})
