import { describe, expect, it } from 'vitest'
import type { Labels } from '../../src/contract/ports.ts'
import type { Unread } from '../../src/contract/unread.ts'
import { makeMissingCauseReport, makeUnreadRegistry } from '../../src/health/unread-messages.ts'
import { idleMeter, makeClock, silentLog } from '../given.ts'

const seen: Unread = {
  tenant: 'acme',
  instance: 'sso',
  source: 'feed:keycloak',
  format: 'keycloak',
  name: 'VERIFY_EMAIL',
  why: 'unknown',
  lack: '',
  messages: 2,
}
const lacking: Unread = {
  ...seen,
  name: 'UPDATE USER',
  why: 'incomplete',
  lack: 'admin_event_representation',
}
const passed = (...unread: readonly Unread[]) => ({ tombstones: 0, unread })

function aBook() {
  const time = makeClock()
  const rows: object[] = []
  const counts: [string, Labels | undefined, number][] = []
  const blind: Unread[] = []
  const store = { isAway: false }
  const book = makeUnreadRegistry({
    append: async (_, some) => {
      if (store.isAway) throw new Error('away')
      rows.push(...some)
    },
    clock: time.clock,
    log: silentLog,
    meter: { ...idleMeter, count: (name, labels, by = 1) => counts.push([name, labels, by]) },
    onMissingCauses: (unread) => blind.push(unread),
  })
  return { ...time, book, rows, counts, blind, store }
}

describe('the book of unread messages', () => {
  it('counts kinds together, and writes each down once with its hour', async () => {
    const { book, rows } = aBook()
    book.note('feed:keycloak', passed(seen))
    book.note('feed:keycloak', passed(seen, lacking))
    await book.flush()
    await book.flush()
    const at = { hour: expect.stringMatching(/T\d\d:00:00\.000Z$/), last_at: expect.anything() }
    expect(rows).toEqual([
      { ...seen, messages: 4, ...at },
      { ...lacking, ...at },
    ])
  })

  it('shows them as metrics, those that hide causes and tombstones apart', () => {
    const { book, counts, blind } = aBook()
    book.note('kafka:sso', { tombstones: 3, unread: [seen, lacking] })
    const source = 'feed:keycloak'
    expect(counts).toEqual([
      ['curfew_decode_tombstones_total', { source: 'kafka:sso' }, 3],
      ['curfew_decode_unread_messages_total', { source, name: seen.name, why: 'unknown' }, 2],
      ['curfew_decode_unread_messages_total', { source, name: lacking.name, why: 'incomplete' }, 2],
      ['curfew_blind_messages_total', { source, lack: lacking.lack }, 2],
    ])
    expect(blind).toEqual([lacking])
  })

  it('keeps what the store does not take, and writes it the next time', async () => {
    const { book, rows, store } = aBook()
    store.isAway = true
    book.note('feed:keycloak', passed(seen))
    await book.flush()
    book.note('feed:keycloak', passed(seen))
    store.isAway = false
    await book.flush()
    expect(rows).toEqual([expect.objectContaining({ name: seen.name, messages: 4 })])
  })

  it('holds so many kinds and no more, however many names a sender invents', async () => {
    const { book, rows, counts } = aBook()
    for (let n = 0; n < 2_000; n++) book.note('kafka:x', passed({ ...seen, name: `kind-${n}` }))
    await book.flush()
    expect(rows).toHaveLength(501)
    expect(rows).toContainEqual(expect.objectContaining({ name: 'other', messages: 3_000 }))
    expect(new Set(counts.map(([, labels]) => labels?.name)).size).toBe(501)
  })

  it('is written every minute while it runs', async () => {
    const { book, rows, advance } = aBook()
    const end = new AbortController()
    const run = book.run(end.signal)
    book.note('feed:keycloak', passed(seen))
    await advance(60_000)
    expect(rows).toHaveLength(1)
    end.abort()
    await run
  })
})

describe('that causes go unseen', () => {
  it('is said once a day for each source and thing left out, with what to switch on', async () => {
    const { clock, advance } = makeClock()
    const told: string[] = []
    const warned: object[] = []
    const log = { ...silentLog, warn: (fields: object) => warned.push(fields) }
    const onMissingCauses = makeMissingCauseReport({ clock, log }, ({ source }, day) => {
      told.push(`${source} ${day}`)
    })
    onMissingCauses(lacking)
    onMissingCauses(lacking)
    onMissingCauses({ ...lacking, source: 'kafka:sso' })
    onMissingCauses(seen)
    expect(told).toHaveLength(2)
    expect(warned[0]).toMatchObject({ remedy: expect.stringContaining('Include representation') })
    await advance(24 * 60 * 60_000)
    onMissingCauses(lacking)
    expect(new Set(told).size).toBe(3)
  })
})
