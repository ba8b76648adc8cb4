import { describe, expect, test } from 'vitest'
import type { SendAnswer } from '../../src/contract/ports.ts'
import type { Provider } from '../../src/enforce/provider-kit/provider.ts'
import { loadFolders } from '../../src/process/catalog.ts'
import { callable } from './every-connector.ts'
import { listPromises } from './list-promises.ts'
import { provider as madeUp, play as madeUpPlay } from './made-up.ts'
import type { Part, Play } from './provider-play.ts'
import { isListing, json } from './provider-play.ts'
import type { Answers } from './provider-stage.ts'
import { echoing, failureOf, listOf, now, openStage } from './provider-stage.ts'

const plays = await loadFolders<Play>(import.meta.dirname, 'play')

test('every provider has a play, and every play a provider', () => {
  expect(callable.map(({ id }) => id)).toEqual(plays.map(({ id }) => id))
})

for (const { id, title, provider } of callable) {
  const play = plays.find((each) => each.id === id)
  if (play !== undefined) describe(title, () => promises(provider, play))
  if (play && isListing(play)) describe(`${title}, which lists`, () => listPromises(provider, play))
}
describe('a provider that lists none and can only end all sessions of a person', () => {
  promises(madeUp, madeUpPlay)
})

test('a provider has a list exactly where its play has one', () => {
  for (const { id, provider } of callable) {
    const play = plays.find((each) => each.id === id)
    const { open } = play ? openStage(provider, play, {}) : { open: undefined }
    expect([id, open?.list !== undefined]).toEqual([id, play !== undefined && isListing(play)])
  }
})

/** What every provider promises, whatever is on the other side. */
function promises(provider: Provider, play: Play): void {
  const stage = (answers: { readonly [P in Part]?: Answers }) => openStage(provider, play, answers)
  const failure = (call: Promise<unknown>) => failureOf(call, play.secrets)
  const echo = (status: number, headers?: SendAnswer['headers']) =>
    echoing(play.secrets, status, headers)

  const { target } = play
  const lists = isListing(play)

  test('revokes exactly the session it is told, and says that it was acknowledged', async () => {
    const { open, times, requests } = stage({ revoke: () => play.acknowledged })
    const answer = await open.revoke(target)
    expect(answer).toEqual({
      result: 'acknowledged',
      status: play.acknowledged.status,
      requestId: play.acknowledged.headers['x-request-id'] ?? '',
    })
    expect(times('revoke')).toBe(1)
    const { url, body } = requests.at(-1) ?? { url: '', body: '' }
    const endsAll = open.capabilities.alsoEnds[target.kind] === 'subject'
    expect(`${url} ${body}`).toContain(endsAll ? target.subjectId : target.id)
  })

  test('says of a session that is gone already that it is, which is no failure', async () => {
    const { open, times } = stage({ revoke: () => play.gone })
    expect((await open.revoke(target)).result).toBe('already_gone')
    expect(times('revoke')).toBe(1)
  })

  test('sends no revocation after it was told that nobody waits for it any more', async () => {
    const stop = new AbortController()
    const { open, times } = stage({
      token: () => {
        stop.abort()
        return play.token ?? json(500, {})
      },
      revoke: () => play.acknowledged,
    })
    // Where no token is needed, nobody waits any more from the start.
    if (play.token === undefined) stop.abort()
    const error = await failure(open.revoke(target, stop.signal))
    expect([error.code, times('revoke')]).toEqual(['ENFORCE_UNREACHABLE', 0])
  })

  test('revoking twice ends it once and finds it gone the second time', async () => {
    let alive = true
    const { open } = stage({
      revoke: () => {
        const answer = alive ? play.acknowledged : play.gone
        alive = false
        return answer
      },
    })
    expect((await open.revoke(target)).result).toBe('acknowledged')
    expect((await open.revoke(target)).result).toBe('already_gone')
  })

  test('does not take an unknown address for a session that is gone', async () => {
    const notFound = () => ({ status: 404, headers: {}, text: '<html>Not here</html>' })
    const { open } = stage({ revoke: notFound, list: notFound, read: notFound })
    expect(await failure(open.revoke(target))).toMatchObject({ code: 'ENFORCE_REFUSED' })
    if (!lists) return
    expect(await failure(listOf(open, target.subjectId))).toMatchObject({ code: 'ENFORCE_REFUSED' })
    expect(await failure(open.read(target))).toMatchObject({ code: 'ENFORCE_REFUSED' })
  })

  test.each([401, 403, 400, 409, 302])(
    'asks for a person when it is answered %d, and does not try again by itself',
    async (status) => {
      const { open, times } = stage({ revoke: echo(status), list: echo(status) })
      const tries = status === 401 ? play.triesOn401 : 1
      const calls = [
        ['revoke', () => open.revoke(target)],
        ['list', () => listOf(open, target.subjectId)],
      ] as const
      for (const [part, call] of lists ? calls : calls.slice(0, 1)) {
        expect(await failure(call())).toMatchObject({ code: 'ENFORCE_REFUSED', retry: false })
        expect(times(part)).toBe(tries)
      }
    },
  )

  test.each([
    ['7', 7000],
    [new Date(now + 30_000).toUTCString(), 30_000],
    ['999999999', 900_000],
    ['-1', undefined],
    ['soon', undefined],
    [undefined, undefined],
  ])('is busy when throttled with Retry-After %j', async (header, retryAfterMs) => {
    const headers: SendAnswer['headers'] = header === undefined ? {} : { 'retry-after': header }
    const { open, times } = stage({ revoke: echo(429, headers), list: echo(429, headers) })
    const busy = { code: 'ENFORCE_BUSY', retry: true, retryAfterMs }
    expect(await failure(open.revoke(target))).toMatchObject(busy)
    if (lists) expect(await failure(listOf(open, target.subjectId))).toMatchObject(busy)
    expect([times('revoke'), times('list')]).toEqual([1, lists ? 1 : 0])
  })

  test.each<[string, Answers]>([
    ['a time-out', () => new DOMException('The operation timed out', 'TimeoutError')],
    ['a reset', () => Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })],
    [
      'a header that fetch refuses and repeats',
      (_url, { headers }) => new TypeError(`bad header ${headers?.authorization}`),
    ],
    ['500', echo(500)],
    ['503', echo(503)],
  ])('leaves in doubt what %s interrupted', async (_what, answers) => {
    const { open, times } = stage({ revoke: answers, list: answers, read: answers })
    const doubt = { code: 'ENFORCE_UNREACHABLE', retry: true }
    expect(await failure(open.revoke(target))).toMatchObject(doubt)
    expect(times('revoke')).toBe(1)
    if (!lists) return
    expect(await failure(listOf(open, target.subjectId))).toMatchObject(doubt)
    expect(await failure(open.read(target))).toMatchObject(doubt)
  })

  test.each(['', '.', '..', '../..', 'a/../b', '..\\x', 'a\n', '\ud800'])(
    'sends nothing for the id %j',
    async (id) => {
      const { open, requests } = stage({ revoke: () => play.acknowledged })
      const refused = { code: 'ENFORCE_REFUSED', retry: false }
      expect(await failure(open.revoke({ ...target, id }))).toMatchObject(refused)
      if (lists) expect(await failure(listOf(open, id))).toMatchObject(refused)
      expect(requests.filter(({ url }) => play.partOf('GET', url) !== 'token')).toEqual([])
    },
  )

  test('keeps an id that looks like a path or a query within its place', async () => {
    const id = 'x/revoke?isOffline=true#;&a=b%2f'
    const { open, requests } = stage({ revoke: () => play.gone, list: () => json(500, {}) })
    await open.revoke({ ...target, id })
    if (lists) await failure(listOf(open, id))
    for (const { url } of requests.slice(-2)) {
      expect(url.hash).toBe('')
      expect(url.href).not.toContain('isOffline=true')
      expect(url.pathname).not.toContain('x/revoke')
    }
  })

  test('refuses a session of a kind it does not have', async () => {
    const { open, requests } = stage({ revoke: () => play.acknowledged })
    for (const kind of ['online', 'offline', 'agent'] as const) {
      if (open.capabilities.kinds.includes(kind)) continue
      expect(await failure(open.revoke({ ...target, kind }))).toMatchObject({
        code: 'ENFORCE_REFUSED',
      })
    }
    expect(requests).toEqual([])
  })

  test('says of itself whether it can be reached and has its rights', async () => {
    const list: Answers = (url) => (lists ? play.list(url, [], target.subjectId) : json(500, {}))
    const well = stage({ revoke: () => play.gone, list })
    expect((await well.open.check()).ok).toBe(true)
    const ill = stage({ revoke: echo(403), list: echo(403) })
    const { ok, detail } = await ill.open.check()
    expect(ok).toBe(false)
    expect(detail).toMatch(lists ? /list .*403.*; .* (end|revoke) .*403/ : /(end|revoke) .*403/)
    for (const secret of play.secrets) expect(detail).not.toContain(secret)
    const away = stage({ revoke: () => new Error('gone'), list: () => new Error('gone') })
    expect((await away.open.check()).ok).toBe(false)
  })

  test('refuses settings that are not as its schema says, without repeating a value', async () => {
    const names = Object.keys(play.settings)
    const wrong: readonly object[] = [
      {},
      { ...play.settings, unknown: 'canary-unknown' },
      { ...play.settings, base_url: 'https://canary-user:canary-password@idp.example.com' },
      ...names.map((name) => ({ ...play.settings, [name]: `canary\n${name}` })),
      ...names.map((name) => ({ ...play.settings, [name]: 7 })),
    ]
    for (const settings of wrong) {
      const error = await failure(
        Promise.resolve().then(() => openStage(provider, { ...play, settings }, {})),
      )
      expect(error.code).toBe('SETTINGS_INVALID')
      expect(error.message).not.toContain('canary')
    }
  })
}
