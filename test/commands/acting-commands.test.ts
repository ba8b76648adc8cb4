import { describe, expect, it } from 'vitest'
import { openFakeServer } from './fake-server.ts'
import { openPlaceInside } from './in-process.ts'

const { curfew, pathOf } = openPlaceInside()
const { answers, asked, where } = openFakeServer(pathOf('token.txt'))

const stopped = 'the kill switch is on: orders wait until it is off'
const unable = 'no connection can end a session of kind agent at sso'

const session = (session_kind: string, session_id: string, because = '') => ({
  ...{ instance: 'sso', session_kind, session_id, state: 'alive' },
  ...{ will_end: because === '', because, also_ends: [] },
})
const endable = { mode: 'enforce', will_end: true, because: '', to_end: 1, not_endable: 0 }
const radius = { ...endable, told_ended: 0, also_ended: [] }

/** What there is to be said of an order of a person, and whether a script may take it for done. */
const fates = [
  ['all of them', [session('online', 'a')], {}, 0, 'Curfew ends them.'],
  [
    'policy only observes',
    [session('online', 'a', 'policy only observes')],
    { mode: 'observe', will_end: false, because: 'policy only observes', to_end: 0 },
    3,
    'NOTHING IS ENDED: policy only observes. Set operator_order: { mode: enforce }',
  ],
  [
    'policy asks another person',
    [session('online', 'a', 'policy asks')],
    { mode: 'approve', will_end: false, because: 'policy requires a second person' },
    3,
    'NOTHING IS ENDED: policy requires a second person. Each order waits for an approval',
  ],
  [
    'the kill switch is on',
    [session('online', 'a', stopped)],
    { will_end: false, because: stopped },
    3,
    `NOTHING IS ENDED: ${stopped}.`,
  ],
  [
    'no connection can end any',
    [session('agent', 'a', unable)],
    { will_end: false, because: unable, to_end: 0, not_endable: 1 },
    3,
    `NOTHING IS ENDED: ${unable}.`,
  ],
  [
    'no connection can end one of them',
    [session('online', 'a'), session('agent', 'b', unable)],
    { not_endable: 1 },
    3,
    `Curfew ends some of them. NOT ENDED: 1, because ${unable}.`,
  ],
  [
    'none is known',
    [],
    { will_end: false, because: 'every recorded session is proven dead', to_end: 0 },
    3,
    'No known session is ended: every recorded session is proven dead. Whatever the provider',
  ],
] as const

describe('curfew sign-out', () => {
  const path = 'POST /v1/subjects/ada%40example.com/sign-out'
  const signOut = (...more: readonly string[]) =>
    curfew(['sign-out', 'ada@example.com', '--reason', 'phone lost', ...more, ...where])
  const planned = (sessions: readonly object[], more: object, dry_run = false) => ({
    ...{ dry_run, sessions, more_sessions: false, blast_radius: { ...radius, ...more } },
    requests: dry_run ? [] : [{ request_id: 'r1', instance: 'sso', subject_ref: 'ref' }],
  })

  it.each(fates)(
    'says what becomes of the sessions: %s',
    async (_, sessions, more, code, words) => {
      answers.set(path, { status: 202, json: planned(sessions, more) })
      const ended = await signOut()
      expect([ended.code, ended.stderr]).toEqual([code, ''])
      expect(ended.stdout).toContain(`Asked for, as r1. ${words}`)
      expect(JSON.parse(asked[0]?.body ?? '')).toEqual({ reason: 'phone lost', dry_run: false })
    },
  )

  it('says of each session whether it is ended, and why one is not', async () => {
    const sessions = [session('online', 'a'), session('agent', 'b', unable)]
    answers.set(path, { status: 202, json: planned(sessions, { not_endable: 1 }) })
    const { stdout } = await signOut()
    expect(stdout).toMatch(/^sso\/online\/a +alive +yes$/m)
    expect(stdout).toMatch(new RegExp(`^sso/agent/b +alive +no: ${unable}$`, 'm'))
  })

  it('prints as JSON what the server answers, and ends as with words', async () => {
    const json = planned([session('online', 'a', stopped)], { will_end: false, because: stopped })
    answers.set(path, { status: 202, json })
    const { code, stdout } = await signOut('--json')
    expect([code, JSON.parse(stdout)]).toEqual([3, json])
  })

  it('only looks where that is wanted', async () => {
    answers.set(path, { json: planned([session('online', 'a')], {}, true) })
    const { code, stdout } = await signOut('--dry-run')
    expect([code, JSON.parse(asked[0]?.body ?? '').dry_run]).toEqual([0, true])
    expect(stdout).toContain('Only a look: nothing was asked for. Curfew would end them.')
  })

  it('is not done without a reason', async () => {
    const { code, stderr } = await curfew(['sign-out', 'ada@example.com', ...where])
    expect([code, asked.length]).toEqual([2, 0])
    expect(stderr).toContain('--reason')
  })
})

describe('curfew end-session', () => {
  const path = 'POST /v1/sessions/sso/online/a%2Fb/end'
  const end = (...more: readonly string[]) =>
    curfew(['end-session', 'sso/online/a/b', '--reason', 'phone lost', ...more, ...where])

  it.each(fates.filter(([, , more]) => !('not_endable' in more)))(
    'says what becomes of the session: %s',
    async (_, _sessions, more, code, words) => {
      const json = { dry_run: false, request_id: 'r1', blast_radius: { ...radius, ...more } }
      answers.set(path, { status: 202, json })
      const ended = await end()
      expect([ended.code, ended.stdout]).toEqual([
        code,
        expect.stringContaining(`Asked for, as r1. ${words}`),
      ])
      expect(JSON.parse(asked[0]?.body ?? '')).toEqual({ reason: 'phone lost', dry_run: false })
    },
  )

  it('says what its call also ends, and only looks where that is wanted', async () => {
    const blast_radius = { ...radius, also_ended: ['online c'] }
    answers.set(path, { json: { dry_run: true, request_id: '', blast_radius } })
    const { code, stdout } = await end('--dry-run')
    expect([code, JSON.parse(asked[0]?.body ?? '').dry_run]).toEqual([0, true])
    expect(stdout).toContain('Also ended, though not among them: online c')
    expect(stdout).toContain('Only a look: nothing was asked for. Curfew would end them.')
  })

  it('passes on that the session is over', async () => {
    answers.set(path, { status: 409, json: { detail: 'The session is over: E2.' } })
    const { code, stderr } = await end()
    expect([code, stderr]).toEqual([1, expect.stringContaining('SHOW_CONFLICT')])
  })
})

describe('curfew approve', () => {
  const order = { order_id: 'o1', state: 'awaiting_approval', also_ends: ['online x'] }
  const approve = (...more: readonly string[]) =>
    curfew(['approve', 'o1', '--reason', 'ok', ...more, ...where])

  it('asks for nothing while the call would end others than were agreed to', async () => {
    answers.set('GET /v1/orders/o1', { json: order })
    const { code, stderr } = await approve()
    expect([code, asked.map(({ method }) => method)]).toEqual([3, ['GET']])
    expect(stderr).toContain('would also end online x. Nothing was asked for')
  })

  it('tells the server which others were shown, and passes on that it is too late', async () => {
    answers.set('GET /v1/orders/o1', { json: order })
    answers.set('POST /v1/orders/o1/approve', { status: 202, json: { request_id: 'r1' } })
    expect((await approve('--with-others')).stdout).toContain('as r1; the enforcer decides')
    expect(JSON.parse(asked[1]?.body ?? '')).toEqual({ reason: 'ok', also_ends: ['online x'] })
    const detail = 'The order does not await approval.'
    answers.set('POST /v1/orders/o1/approve', { status: 409, json: { detail } })
    const { code, stderr } = await approve('--with-others')
    expect([code, stderr]).toEqual([1, expect.stringMatching(/SHOW_CONFLICT: .* 409: The order/)])
  })

  it('ends with 3 where the order is not carried out as things stand, and says why', async () => {
    answers.set('GET /v1/orders/o1', { json: { ...order, also_ends: [] } })
    const json = { request_id: 'r1', will_end: false, because: stopped }
    answers.set('POST /v1/orders/o1/approve', { status: 202, json })
    const { code, stdout } = await approve()
    expect([code, stdout]).toEqual([3, expect.stringContaining(`NOTHING IS ENDED: ${stopped}`)])
  })

  it('is refused in the same way as deny, which ends nothing and needs no such word', async () => {
    answers.set('GET /v1/orders/o1', { json: order })
    const json = { request_id: 'r2', will_end: false, because: 'the order is denied' }
    answers.set('POST /v1/orders/o1/deny', { status: 202, json })
    const { code, stdout } = await curfew(['deny', 'o1', '--reason', 'no', ...where])
    expect([code, stdout]).toEqual([0, expect.stringContaining('asked to deny')])
    expect(stdout).not.toContain('NOTHING IS ENDED')
    expect(JSON.parse(asked[1]?.body ?? '')).toEqual({ reason: 'no' })
  })
})

describe('curfew kill-switch', () => {
  const state = (on: boolean) => ({ on, by: on ? 'acme/ada' : '', at: null, reason: on ? 'x' : '' })
  const turn = (...words: readonly string[]) => curfew(['kill-switch', ...words, ...where])

  it('says how it stands, and ends with 3 while nothing is ended', async () => {
    answers.set('GET /v1/kill-switch', { json: state(false) })
    expect(await turn()).toMatchObject({ code: 0, stdout: expect.stringContaining('is off') })
    answers.set('GET /v1/kill-switch', { json: state(true) })
    const { code, stdout } = await turn()
    expect([code, stdout]).toEqual([3, expect.stringContaining('by acme/ada: NOTHING IS ENDED')])
  })

  it('is turned with a reason, and ends with 3 where it stands otherwise afterwards', async () => {
    answers.set('PUT /v1/kill-switch', { json: state(true) })
    expect((await turn('on', '--reason', 'x')).code).toBe(0)
    expect(JSON.parse(asked[0]?.body ?? '')).toEqual({ on: true, reason: 'x' })
    expect((await turn('off', '--reason', 'x')).code).toBe(3)
    const { code, stderr } = await turn('on')
    expect([code, stderr]).toEqual([2, expect.stringContaining('--reason')])
  })
})

describe('curfew requests', () => {
  const request = {
    ...{ request_id: 'r1', kind: 'sign_out_everywhere', at: '2026-11-02T09:00:00.000Z' },
    ...{ principal: 'ada', reason: 'phone lost', instance: 'sso', subject_ref: 'ref-7' },
    ...{ session_kind: '', session_id: '', order_id: '', condemned: 1 },
  }
  const order = {
    ...session('online', 'a'),
    order_id: 'o1',
    state: 'unverified',
    reason: 'no\u001b',
  }

  it('lists them, newest first as the server gives them', async () => {
    const items = [request, { ...request, request_id: 'r0', outcome: 'done' }]
    answers.set('GET /v1/requests', { json: { items, next: null } })
    const { code, stdout } = await curfew(['requests', ...where])
    expect([code, asked[0]?.query]).toEqual([0, 'limit=50'])
    expect(stdout).toMatch(/^at +outcome +kind +person .*\n.* ref-7 .* r1\n.* done .* r0\n$/)
    answers.set('GET /v1/requests', { json: { items: [], next: null } })
    const remaining = await curfew(['requests', '--outcome', 'remains', '--text', 'ada', ...where])
    expect(remaining.stdout).toBe('no requests\n')
    expect(asked[1]?.query).toBe('outcome=remains&q=ada&limit=50')
  })

  it.each([
    ['done', 0, 'every session is proven dead'],
    ['underway', 3, 'orders are open'],
    ['waiting', 3, 'the enforcer has not read it yet'],
    ['too_late', 3, 'the order was decided without it'],
    ['nothing_to_end', 3, 'no curfew stands by it'],
    ['refused', 3, 'the provider refused'],
    ['remains', 3, 'a session is not proven dead'],
  ])('shows one that is %s with its orders, and ends with %d', async (outcome, code, words) => {
    answers.set('GET /v1/requests/r1', { json: { ...request, outcome, orders: [order] } })
    const ended = await curfew(['requests', 'r1', ...where])
    expect(ended.code).toBe(code)
    expect(ended.stdout).toMatch(
      /^sign_out_everywhere of ref-7, asked for by ada at 2026-11-02T09:00:00\.000Z: phone lost\n/,
    )
    expect(ended.stdout).toContain(`\n${outcome}: ${words}`)
    expect(ended.stdout).toMatch(/\n.* unverified +sso\/online\/a .* no +o1\n$/)
  })

  it('passes on that there is no such request', async () => {
    const { code, stderr } = await curfew(['requests', 'r9', ...where])
    expect([code, stderr]).toEqual([1, expect.stringContaining('SHOW_UNKNOWN')])
  })
})
