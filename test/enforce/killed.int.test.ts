import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { Server } from 'node:http'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { soak, timeout } from '../journey/play.ts'
import { openChild } from '../parts/child.ts'

/** A provider of one session, that outlives whoever asks it and counts who asks it to end it. */
interface Idp {
  readonly url: string
  alive: boolean
  revokes: number
  readonly server: Server
}

const sessionId = 'session_1'
let folder: string
let idp: Idp
let causeAt = 0

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'curfew-killed-'))
  idp = await openIdp()
})
afterAll(() => {
  idp?.server.close()
  rmSync(folder, { recursive: true, force: true })
})

async function openIdp(): Promise<Idp> {
  const server = createServer((request, response) => {
    const { method, url = '' } = request
    const answer = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(body))
    }
    const created_at = new Date(causeAt - 600_000).toISOString()
    const session = { id: sessionId, kind: 'online', subject: { id: 'ada' }, created_at }
    if (method === 'POST') {
      idp.revokes += 1
      const was = idp.alive
      idp.alive = false
      return was ? answer(200, {}) : answer(404, { error: 'session_not_found' })
    }
    if (url.startsWith('/subjects/')) {
      return answer(200, { sessions: idp.alive ? [session] : [], next: null })
    }
    return idp.alive ? answer(200, session) : answer(404, { error: 'session_not_found' })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return { url: `http://127.0.0.1:${port}`, alive: true, revokes: 0, server }
}

interface State {
  readonly traces: number
  readonly states: readonly string[]
  readonly verdict: unknown
}

/** One life of the enforcer; whether it was killed. */
async function live(home: string, dieAt: number, when: string): Promise<boolean> {
  const given = [home, idp.url, sessionId, String(causeAt), String(dieAt), when]
  const child = await openChild({
    command: process.execPath,
    args: [join(import.meta.dirname, 'killed-child.ts'), ...given],
  })
  await child.end
  const ended = child.ended() ?? ''
  if (ended !== 'ended with code 0' && ended !== 'ended by SIGKILL') {
    throw new Error(`a life ${ended}:\n${child.lastLines(20)}`)
  }
  return ended === 'ended by SIGKILL'
}

/** What the store says at the end, of a life that was cut short and of one that came after it. */
async function stateAfter(dieAt: number, when: string): Promise<{ state: State; died: boolean }> {
  const home = join(folder, `${when}-${dieAt}`)
  mkdirSync(home)
  Object.assign(idp, { alive: true, revokes: 0 })
  causeAt = Date.now()
  const died = await live(home, dieAt, when)
  if (died) expect(await live(home, 0, '')).toBe(false)
  const state: State = JSON.parse(readFileSync(join(home, 'state.json'), 'utf8'))
  rmSync(home, { recursive: true, force: true })
  return { state, died }
}

describe('an enforcer whose process is killed at any write and any call', () => {
  it('is followed by one that ends the session once, and proves it', { timeout }, async () => {
    const whole = (await stateAfter(0, '')).state
    expect(whole).toMatchObject({ verdict: 'kept' })
    expect([idp.revokes, whole.states.at(-1)]).toEqual([1, 'contained'])
    let [deaths, doubts] = [0, 0]
    const all = Array.from({ length: whole.traces }, (_, index) => index + 1)
    const planned = [
      // Every third one, of which the call and what is written about it have several.
      ...all.filter((at) => soak || at % 3 === 1).map((at) => ['after', at] as const),
      ...(soak ? all.map((at) => ['before', at] as const) : []),
    ]
    for (const [when, dieAt] of planned) {
      const { state, died } = await stateAfter(dieAt, when)
      const end = { when, dieAt, alive: idp.alive, last: state.states.at(-1), is: state.verdict }
      expect(end).toEqual({ when, dieAt, alive: false, last: 'contained', is: 'kept' })
      // A call whose outcome nobody wrote down is doubted, and looked into before another is made.
      expect({ when, dieAt, revokes: idp.revokes }).toEqual({ when, dieAt, revokes: 1 })
      deaths += died ? 1 : 0
      doubts += state.states.includes('in_doubt') ? 1 : 0
    }
    expect(deaths).toBeGreaterThan(planned.length / 2)
    expect(doubts).toBeGreaterThan(0)
  })
})
