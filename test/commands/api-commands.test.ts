import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { folded } from '../../src/commands/actions/session.ts'
import { openPlaceInside } from './in-process.ts'

const { curfew, pathOf } = openPlaceInside()

/** What the server answers next, by method and path; what it was asked, with the body. */
const answers = new Map<string, { readonly status?: number; readonly json: object }>()
const asked: { method: string; path: string; query: string; body: string }[] = []
const server = createServer(async (request, answer) => {
  const [path = '', query = ''] = (request.url ?? '').split('?')
  let body = ''
  for await (const chunk of request) body += String(chunk)
  asked.push({ method: request.method ?? '', path, query, body })
  const { status = 200, json = {} } = answers.get(`${request.method} ${path}`) ?? { status: 404 }
  answer.writeHead(status).end(JSON.stringify(json))
})
let where: readonly string[] = []

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // A server that listens on TCP has such an address.
  const { port } = server.address() as AddressInfo
  writeFileSync(pathOf('token.txt'), 'secret\n')
  where = ['--url', `http://127.0.0.1:${port}`, '--token-file', 'token.txt']
})
afterAll(() => server.close())
beforeEach(() => {
  answers.clear()
  asked.length = 0
})

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

describe('curfew sign-out', () => {
  const planned = (mode: string) => ({
    ...{ dry_run: false, sessions: [finding], more_sessions: false },
    requests: [{ request_id: 'r1', instance: 'sso', subject_ref: 'ref' }],
    blast_radius: { mode, to_end: 1, not_endable: 0, told_ended: 0, also_ended: [] },
  })
  const path = 'POST /v1/subjects/ada%40example.com/sign-out'
  const signOut = (...more: readonly string[]) =>
    curfew(['sign-out', 'ada@example.com', '--reason', 'phone lost', ...more, ...where])

  it('asks with the reason, and says what was asked for', async () => {
    answers.set(path, { status: 202, json: planned('enforce') })
    const { code, stdout } = await signOut()
    expect([code, JSON.parse(asked[0]?.body ?? '')]).toEqual([
      0,
      { reason: 'phone lost', dry_run: false },
    ])
    expect(stdout).toContain('Asked for, as r1. Curfew ends them.')
  })

  it('only looks where that is wanted', async () => {
    answers.set(path, { json: { ...planned('enforce'), dry_run: true, requests: [] } })
    const { stdout } = await signOut('--dry-run')
    expect(JSON.parse(asked[0]?.body ?? '').dry_run).toBe(true)
    expect(stdout).toContain('Only a look: nothing was asked for.')
  })

  it('ends with 3 where the policy would end nothing, and says so', async () => {
    answers.set(path, { status: 202, json: planned('observe') })
    const { code, stdout } = await signOut()
    expect([code, stdout]).toEqual([3, expect.stringContaining('NOTHING IS ENDED')])
  })

  it('is not done without a reason', async () => {
    const { code, stderr } = await curfew(['sign-out', 'ada@example.com', ...where])
    expect([code, asked.length]).toEqual([2, 0])
    expect(stderr).toContain('--reason')
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

  it('is refused in the same way as deny, which ends nothing and needs no such word', async () => {
    answers.set('GET /v1/orders/o1', { json: order })
    answers.set('POST /v1/orders/o1/deny', { status: 202, json: { request_id: 'r2' } })
    const { code, stdout } = await curfew(['deny', 'o1', '--reason', 'no', ...where])
    expect([code, stdout]).toEqual([0, expect.stringContaining('asked to deny')])
    expect(JSON.parse(asked[1]?.body ?? '')).toEqual({ reason: 'no' })
  })
})
