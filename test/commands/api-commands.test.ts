import { describe, expect, it } from 'vitest'
import { folded } from '../../src/commands/actions/session.ts'
import { openFakeServer } from './fake-server.ts'
import { openPlaceInside } from './in-process.ts'

const { curfew, pathOf } = openPlaceInside()

const { answers, asked, where } = openFakeServer(pathOf('token.txt'))

const finding = {
  ...{ at: '2026-11-02T09:00:00.000Z', severity: 'high', detector: 'impossible-travel' },
  ...{ email: 'ada@example.com', subject_id: 'u1', subject_ref: 'ref', times_seen: 3 },
  ...{ instance: 'sso', session_kind: 'online', session_id: 'a/b', finding_id: 'f1' },
  why: 'Far\u001b[2J\napart.',
}

describe('curfew findings', () => {
  it('lists person, session and reason as text that only shows itself', async () => {
    answers.set('GET /v1/findings', { json: { items: [finding], next: null } })
    const { code, stdout, stderr } = await curfew(['findings', ...where, '--severity', 'high'])
    expect([code, stderr]).toEqual([0, ''])
    const [, row = ''] = stdout.split('\n')
    expect(row.split(/ {2,}/)).toEqual([
      '2026-11-02T09:00:00.000Z',
      'high',
      'impossible-travel',
      'ada@example.com',
      '3 times',
      'sso/online/a/b',
      'Far[2J apart.',
      'f1',
    ])
    expect(Object.fromEntries(new URLSearchParams(asked[0]?.query))).toEqual({
      severity: 'high',
      standing: 'true',
      limit: '50',
    })
  })

  it('goes on with the next page as far as it was asked to, and says that there is more', async () => {
    const page = Array.from({ length: 500 }, () => finding)
    answers.set('GET /v1/findings', { json: { items: page, next: 'c1' } })
    const { code, stdout, stderr } = await curfew([
      'findings',
      ...where,
      '--limit',
      '700',
      '--json',
    ])
    expect([code, JSON.parse(stdout).more]).toEqual([0, true])
    expect(asked.map(({ query }) => new URLSearchParams(query).get('limit'))).toEqual([
      '500',
      '200',
    ])
    expect(asked[1]?.query).toContain('cursor=c1')
    expect(stderr).toContain('there is more')
  })

  it('says when there are none, and passes on in one line why it is refused', async () => {
    answers.set('GET /v1/findings', { json: { items: [], next: null } })
    expect((await curfew(['findings', ...where])).stdout).toBe('no findings\n')
    const detail = 'This needs one of the roles viewer.'
    answers.set('GET /v1/findings', { status: 403, json: { detail } })
    const { code, stderr } = await curfew(['findings', ...where])
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^curfew: SHOW_FORBIDDEN: .* answered 403: .*viewer\. Use the token of [^\n]+\n$/,
    )
  })

  it('fails where there is no such detector, with the names that the server gives', async () => {
    const detail = "There is no detector 'travel'; known are impossible-travel."
    answers.set('GET /v1/findings', { status: 400, json: { detail } })
    const { code, stdout, stderr } = await curfew(['findings', ...where, '--detector', 'travel'])
    expect([code, stdout, stderr]).toEqual([2, '', expect.stringContaining(detail)])
  })

  it('needs a server that runs, or the address of one', async () => {
    const { code, stderr } = await curfew(['findings'])
    expect([code, stderr]).toEqual([2, expect.stringContaining('name it with --url')])
  })
})

describe('curfew orders', () => {
  it('lists those that wait for a person', async () => {
    answers.set('GET /v1/orders', { json: { items: [{ order_id: 'o1', also_ends: ['x', 'y'] }] } })
    const { stdout } = await curfew(['orders', ...where, '--waiting', '--since', '2026-11-01'])
    expect(stdout).toMatch(/x, y +o1\n$/)
    expect(Object.fromEntries(new URLSearchParams(asked[0]?.query))).toMatchObject({
      state: 'awaiting_approval',
      since: '2026-11-01T00:00:00.000Z',
    })
  })
})

describe('curfew session', () => {
  it('asks for the session by the name that other commands print, whatever its id holds', async () => {
    answers.set('GET /v1/sessions/sso/online/a%2Fb/timeline', { json: { items: [], next: null } })
    const { code, stdout } = await curfew(['session', 'sso/online/a/b', ...where])
    expect([code, stdout]).toEqual([0, 'nothing is known of such a session\n'])
    expect((await curfew(['session', 'sso', ...where])).code).toBe(2)
  })

  it('counts what is the same again at once', () => {
    const row = (word: string, at: string) => ({ what: 'evidence', word, at })
    const lines = folded([row('alive', '1'), row('alive', '2'), row('E2', '3'), row('alive', '4')])
    expect(lines.map(({ word, at, times }) => [word, at, times])).toEqual([
      ['alive', '1', '2 ×'],
      ['E2', '3', ''],
      ['alive', '4', ''],
    ])
  })
})

describe('the life of a session that is listed every minute', () => {
  const time = (minute: number) => new Date(Date.UTC(2026, 10, 2, 0, minute)).toISOString()
  const shown = (minute: number) => [
    { at: time(minute), what: 'evidence', word: 'alive', outcome: 'listing', actor: 'curfew' },
    { at: time(minute), what: 'listing', word: 'listed', outcome: '', actor: 'idp' },
  ]
  const used = (minute: number, city = 'Oslo') => [
    { at: time(minute), what: 'event', word: 'session.used', outcome: 'accepted', city },
  ]
  const minutes = Array.from({ length: 1_440 }, (_, minute) => minute)
  const linesOf = (rows: readonly object[]) =>
    folded(rows.map((row) => ({ ...row }))).map(({ word, times, at, last_at, from_where }) =>
      [word, times, at?.slice(11, 16), last_at?.slice(11, 16), from_where].join(' ').trim(),
    )

  it('is a line for each of the two rows that a list leaves, with the first and the last', () => {
    expect(linesOf(minutes.flatMap(shown))).toEqual([
      'alive 1440 × 00:00 23:59',
      'listed 1440 × 00:00 23:59',
    ])
  })

  it('is as short where it is used meanwhile, and shows each place of a use', () => {
    const rows = minutes.flatMap((at) => [
      ...shown(at),
      ...(at % 7 === 0 ? used(at) : []),
      ...(at === 600 ? used(at, 'Lagos') : []),
    ])
    expect(linesOf(rows)).toEqual([
      'alive 1440 × 00:00 23:59',
      'listed 1440 × 00:00 23:59',
      'session.used 206 × 00:00 23:55 Oslo',
      'session.used  10:00  Lagos',
    ])
  })

  it('begins anew after whatever else happened, such as a proof of death', () => {
    const gone = { at: time(2), what: 'evidence', word: 'E2', outcome: 'listing' }
    expect(linesOf([...shown(0), ...shown(1), gone, ...shown(3)])).toEqual([
      'alive 2 × 00:00 00:01',
      'listed 2 × 00:00 00:01',
      'E2  00:02',
      'alive  00:03',
      'listed  00:03',
    ])
  })
})

describe('curfew subject', () => {
  it('names the person and lists the sessions with what is due of them', async () => {
    const { instance, session_kind, session_id } = finding
    const curfews = [{ class: 'device_lost', verdict: 'kept' }]
    const session = { instance, session_kind, session_id, state: 'ended', curfews }
    const json = { subjects: [finding], items: [session], next: null }
    answers.set('GET /v1/subjects/ada%40example.com/sessions', { json })
    const { stdout } = await curfew(['subject', 'ada@example.com', ...where])
    expect(stdout).toMatch(/^ada@example\.com at sso, reference ref\n/)
    expect(stdout).toMatch(/sso\/online\/a\/b +ended .*device_lost kept\n$/)
  })
})
