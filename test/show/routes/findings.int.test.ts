import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Role } from '../../../src/show/api/principal.ts'
import type { Server } from '../../../src/show/api/server.ts'
import type { Store } from '../../../src/store/store.ts'
import { openTestStore } from '../../parts/store.ts'
import { findingIdOf, refOf, writeCompany } from '../company.ts'
import { aDetector, aServer, bearer } from '../server.ts'
import { secretOf, start } from '../world.ts'

let store: Store
let server: Server

beforeAll(async () => {
  store = await openTestStore()
  await writeCompany(store.append, 'acme')
  // The same contents found once more: a repeat is the same row, as it was found first.
  await store.append(
    'conflicts',
    (
      await store.ask('select * replace (toString(content_hash) as content_hash) from conflicts')
    ).map((row) => ({ ...row, found_at: '2026-12-24T00:00:00.000Z' })),
  )
  server = await aServer({ ask: store.ask })
})
afterAll(async () => {
  await server.close()
  await store.close()
})

const get = async (url: string, role: Role = 'analyst') => {
  const answer = await server.inject({ url, headers: bearer(role) })
  return { status: answer.statusCode, body: answer.json(), text: answer.body }
}

describe('findings', () => {
  const ids = async (query: string) =>
    (await get(`/v1/findings?${query}`)).body.items.map(
      (item: { finding_id: string }) => item.finding_id,
    )
  const of = (...numbers: readonly number[]) => numbers.map((each) => findingIdOf('acme', each))

  it.each([
    ['severity=low', of(4)],
    ['detector=new-country', of(4)],
    ['standing=true', of(4, 3, 2, 1)],
    ['standing=false', of(5)],
    [`subject_ref=${refOf('acme', 'ben')}`, []],
    ['session_id=phone&severity=high&standing=true', of(3, 2, 1)],
    ["session_id=phone'%20or%201%20=%201%20--", []],
    ['instance=one', of(5, 4, 3, 2, 1)],
    ['from=2026-11-03T09:13:00Z', of(5, 4, 3)],
    ['to=2026-11-03T09:13:00Z', of(2, 1)],
    ['from=2026-11-03T09:12:00Z&to=2026-11-03T09:13:00Z', of(2)],
    ['from=2026-11-04', []],
    ['q=NEW-COUNTRY', of(4)],
    ['q=Ada@Example.com', of(5, 4, 3, 2, 1)],
    ['q=ben', []],
    ['q=%25', []],
  ])('filtered by %s are those and no others', async (query, expected) => {
    expect(await ids(query)).toEqual(expected)
  })

  it('are not asked for by a detector that there is not', async () => {
    const { status, body } = await get('/v1/findings?detector=new-contry')
    expect([status, body.detail]).toEqual([400, expect.stringContaining('new-country')])
  })

  it('are shown as they stand, not as they stood', async () => {
    const row = {
      tenant: 'acme',
      instance: 'one',
      finding_id: 'changed',
      detector: 'd',
      severity: 'high',
      mode: 'inform',
      at: new Date(start).toISOString(),
      root_kind: 'session',
      facts: '{}',
    }
    await store.append('findings', [
      { ...row, version: 2, standing: false, why: 'it was nothing' },
      { ...row, version: 1, standing: true, why: 'something' },
    ])
    const { body } = await get('/v1/findings/changed')
    expect(body).toMatchObject({ version: 2, standing: false, why: 'it was nothing' })
  })

  it('of a detector in shadow are shown to nobody', async () => {
    await store.append('findings', [
      {
        tenant: 'acme',
        instance: 'one',
        finding_id: 'in-shadow',
        version: 1,
        standing: true,
        detector: 'd',
        severity: 'high',
        mode: 'shadow',
        at: new Date(start).toISOString(),
        facts: '{}',
      },
    ])
    const { text } = await get('/v1/findings')
    expect([text.includes('in-shadow'), (await get('/v1/findings/in-shadow')).status]).toEqual([
      false,
      404,
    ])
  })

  it('say whose session it is, what to do about it, and how often it was seen', async () => {
    const url = `/v1/findings/${findingIdOf('acme', 4)}`
    expect((await get(url)).body).toMatchObject({
      ...{ subject_id: 'user-ada', email: 'ada@example.com', times_seen: 1 },
      ...{ title: aDetector.title, attack: aDetector.attack, runbook: aDetector.runbook },
    })
    const { body } = await get(`/v1/findings/${findingIdOf('acme', 1)}`)
    expect(body).toMatchObject({ times_seen: 3, title: '', runbook: '' })
  })

  it('name nobody to whoever may not see names, and are found by no name', async () => {
    const { body } = await get('/v1/findings', 'viewer')
    expect(body.items[0]).toMatchObject({ subject_id: '', email: '' })
    expect((await get('/v1/findings?q=ada@example.com', 'viewer')).body.items).toEqual([])
  })

  it('have their facts as they were', async () => {
    const { body } = await get(`/v1/findings/${findingIdOf('acme', 1)}`)
    expect(body.facts).toEqual({ note: secretOf('acme'), km: 12.5, far: true })
  })
})

async function conflicts(query: string) {
  const answer = await server.inject({
    url: `/v1/conflicts${query}`,
    headers: bearer('analyst'),
  })
  const { items, next } = answer.json()
  return {
    next,
    contents: items.map(
      (item: { event_id: string; content_hash: string; stands: boolean }) =>
        `${item.event_id}: ${item.content_hash} ${item.stands ? 'stands' : 'does not'}`,
    ),
  }
}

const all = [
  'acme event 1: 12 stands',
  'acme event 1: 18446744073709551615 does not',
  'acme event 0: 11 does not',
  'acme event 0: 9 stands',
]

it('conflicts are shown newest first, all contents of an event together, and which one stands', async () => {
  expect(await conflicts('')).toEqual({ next: null, contents: all })
})

it('conflicts read in pages are the conflicts read at once', async () => {
  const contents = []
  for (let cursor = ''; ; ) {
    const page = await conflicts(`?limit=1${cursor}`)
    contents.push(...page.contents)
    if (page.next === null) break
    cursor = `&cursor=${page.next}`
  }
  expect(contents).toEqual(all)
})

it('a content filtered by its source is still held against what came by others', async () => {
  expect((await conflicts('?source=kafka:events')).contents).toEqual([all[1], all[2]])
  expect((await conflicts('?instance=one')).contents).toEqual(all)
})
