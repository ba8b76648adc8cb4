import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CurfewError } from '../../../src/contract/errors.ts'
import { listedSession } from '../../../src/enforce/provider-kit/listed-session.ts'
import type { Page } from '../../../src/enforce/provider-kit/pages.ts'
import { readPages } from '../../../src/enforce/provider-kit/pages.ts'

const sessionsOf = (...ids: readonly string[]) =>
  ids.map((id) => listedSession({ kind: 'online', id, subjectId: 'ada' }))

/** Answers each page by the cursor it is asked after; `start` is the first. */
const reading = (pages: { readonly [after: string]: Page | Error }) => {
  let count = 0
  const answer = readPages(async (after) => {
    count += 1
    const page = pages[after ?? 'start']
    if (page === undefined || page instanceof Error) throw page ?? new TypeError('no such page')
    return page
  })
  return answer.then(({ sessions, complete }) => ({
    ids: sessions.map(({ id }) => id),
    complete,
    pages: count,
  }))
}

test('a list read to its end is complete', async () => {
  expect(
    await reading({
      start: { sessions: sessionsOf('a', 'b'), next: 'b' },
      b: { sessions: [], next: 'c' },
      c: { sessions: sessionsOf('d'), next: null },
    }),
  ).toEqual({ ids: ['a', 'b', 'd'], complete: true, pages: 3 })
})

test('an online and an offline session of one id are two sessions', async () => {
  const [online] = sessionsOf('a')
  const offline = listedSession({ kind: 'offline', id: 'a', subjectId: 'ada' })
  const sessions = online === undefined ? [] : [online, offline]
  expect(await reading({ start: { sessions, next: null } })).toMatchObject({
    ids: ['a', 'a'],
    complete: true,
  })
})

test('a session seen twice shows that another may have been skipped', async () => {
  expect(
    await reading({
      start: { sessions: sessionsOf('a', 'b'), next: 'b' },
      b: { sessions: sessionsOf('b', 'c'), next: '' },
    }),
  ).toEqual({ ids: ['a', 'b', 'c'], complete: false, pages: 2 })
})

test('a cursor that comes back ends the reading without proof', async () => {
  expect(
    await reading({
      start: { sessions: sessionsOf('a'), next: 'a' },
      a: { sessions: sessionsOf('b'), next: 'b' },
      b: { sessions: [], next: 'a' },
    }),
  ).toEqual({ ids: ['a', 'b'], complete: false, pages: 3 })
})

test('a list without end is given up after a hundred pages, without proof', async () => {
  let pages = 0
  const answer = await readPages(async () => {
    pages += 1
    return { sessions: sessionsOf(`s-${pages}`), next: `s-${pages}` }
  })
  expect([answer.sessions.length, answer.complete, pages]).toEqual([100, false, 100])
})

test.each(['ENFORCE_UNREACHABLE', 'ENFORCE_MALFORMED'] as const)(
  'a later page that fails with %s leaves what was seen, without proof',
  async (code) => {
    expect(
      await reading({
        start: { sessions: sessionsOf('a'), next: 'a' },
        a: new CurfewError(code, 'broken'),
      }),
    ).toEqual({ ids: ['a'], complete: false, pages: 2 })
    await expect(reading({ start: new CurfewError(code, 'broken') })).rejects.toMatchObject({
      code,
    })
  },
)

test.each(['ENFORCE_BUSY', 'ENFORCE_REFUSED'] as const)(
  'a page that fails with %s is heard whichever page it is',
  async (code) => {
    const failing = reading({
      start: { sessions: sessionsOf('a'), next: 'a' },
      a: new CurfewError(code, 'broken'),
    })
    await expect(failing).rejects.toMatchObject({ code })
  },
)

test('a list in pages of any size is the same list', async () => {
  const anyIds = fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 60 })
  await fc.assert(
    fc.asyncProperty(anyIds, fc.integer({ min: 1, max: 10 }), async (ids, size) => {
      const { sessions, complete } = await readPages(async (after) => {
        const from = Number(after ?? 0)
        const next = from + size < ids.length ? String(from + size) : null
        return { sessions: sessionsOf(...ids.slice(from, from + size)), next }
      })
      expect(sessions.map(({ id }) => id)).toEqual(ids)
      expect(complete).toBe(true)
    }),
  )
})
