import { expect, test } from 'vitest'
import type { Provider } from '../../src/enforce/provider-kit/provider.ts'
import type { ListingPlay, Part } from './provider-play.ts'
import { json } from './provider-play.ts'
import type { Answers } from './provider-stage.ts'
import { failureOf, listOf, openStage } from './provider-stage.ts'

/** What every provider promises that lists the sessions of a subject. */
export function listPromises(provider: Provider, play: ListingPlay): void {
  const stage = (answers: { readonly [P in Part]?: Answers }) => openStage(provider, play, answers)
  const failure = (call: Promise<unknown>) => failureOf(call, play.secrets)
  const { target } = play
  const ids = [target.id, 'session-2', 'session-3', 'session-4', 'session-5']

  test.each<[string, (secrets: string) => string]>([
    ['broken JSON', (secrets) => `{"data": [${secrets}`],
    ['nothing', () => ''],
    ['another shape', (secrets) => JSON.stringify({ sessions: secrets, data: secrets })],
    ['a shape with secrets for names', (secrets) => JSON.stringify([{ [secrets]: 1 }])],
  ])('calls a list of %s malformed', async (_what, text) => {
    const answers = () => ({ status: 200, headers: {}, text: text(String(play.secrets)) })
    const { open } = stage({ list: answers, read: answers })
    const malformed = { code: 'ENFORCE_MALFORMED', retry: false }
    expect(await failure(listOf(open, target.subjectId))).toMatchObject(malformed)
    expect(await failure(open.read(target))).toMatchObject(malformed)
  })

  test('calls a list malformed that is larger than anybody needs', async () => {
    const { open } = stage({
      list: (url) => {
        const answer = play.list(url, ids, target.subjectId)
        return { ...answer, text: `${answer.text}${' '.repeat(9 * 1024 * 1024)}` }
      },
    })
    expect(await failure(listOf(open, target.subjectId))).toMatchObject({
      code: 'ENFORCE_MALFORMED',
    })
  })

  test('never takes the sessions of another subject for those it asked for', async () => {
    const { open } = stage({ list: (url) => play.list(url, ids, 'somebody-else') })
    expect(await failure(listOf(open, target.subjectId))).toMatchObject({
      code: 'ENFORCE_MALFORMED',
    })
  })

  test('lists a subject to the last page', async () => {
    const { open, times } = stage({ list: (url) => play.list(url, ids, target.subjectId) })
    const { sessions, complete } = await listOf(open, target.subjectId)
    expect(complete).toBe(true)
    expect(sessions.map(({ id }) => id)).toEqual(ids)
    expect(times('list')).toBeGreaterThanOrEqual(3)
    expect(sessions[0]).toMatchObject({
      kind: 'online',
      id: target.id,
      subjectId: target.subjectId,
      createdAt: Date.parse('2026-11-03T08:00:00.000Z'),
      ip: '192.0.2.7',
    })
  })

  test('lists a subject without sessions as that', async () => {
    const { open } = stage({ list: (url) => play.list(url, [], target.subjectId) })
    expect(await listOf(open, target.subjectId)).toEqual({ sessions: [], complete: true })
  })

  test('a list that shifted while it was read is not complete', async () => {
    const { open } = stage({ list: (url) => play.shifting(url, ids, target.subjectId) })
    const { sessions, complete } = await listOf(open, target.subjectId)
    expect(complete).toBe(false)
    expect(sessions.map(({ id }) => id)).toContain(target.id)
    expect(new Set(sessions.map(({ id }) => id)).size).toBe(sessions.length)
  })

  test('an unknown subject is no proof that anything is gone', async () => {
    const { open } = stage({ list: () => play.unknownSubject })
    const { sessions, complete } = await listOf(open, target.subjectId)
    expect(sessions).toEqual([])
    // A provider that knows subjects only by their sessions can not tell.
    if (play.unknownSubject.status !== 200) {
      expect(complete).toBe(false)
      expect((await open.read(target)).state).toBe('unknown')
    }
  })

  test('reads what it listed as alive and what a whole list lacks as gone', async () => {
    const list: Answers = (url) => play.list(url, ids, target.subjectId)
    const one = JSON.parse(play.list(new URL('http://127.0.0.1'), ids, target.subjectId).text)
    const read: Answers = (url) =>
      url.pathname.endsWith(`/${target.id}`) ? json(200, one.sessions?.[0]) : play.gone
    const { open } = stage({ list, read })
    expect(await open.read(target)).toMatchObject({
      state: 'alive',
      session: { kind: 'online', id: target.id, subjectId: target.subjectId },
    })
    expect(await open.read({ ...target, id: 'session-9' })).toEqual({ state: 'gone' })
  })
}
