import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openChild } from '../parts/child.ts'
import { soak, timeout } from './play.ts'
import type { Happening } from './world.ts'
import { messageOf, minute, start, tell } from './world.ts'

const day = 24 * 60 * minute
let folder: string
let file: string

/** A sign-in, its use, its end and a use after it, from two places, forty days before and today. */
function lifeOf(subject: string, session: string, at: number): readonly Happening[] {
  const of = { session, subject, organization: 'o1', device: `d-${subject}` }
  return [
    { ...of, at, type: 'session.created', from: 'warsaw', expiresAt: at + 50 * minute },
    { ...of, at: at + 5 * minute, type: 'session.used', from: 'warsaw' },
    { ...of, at: at + 9 * minute, type: 'session.used', from: 'tokyo', device: 'd-other' },
    { at: at + 10 * minute, type: 'credential.reset', subject },
    { at: at + 12 * minute, type: 'session.revoked', session },
    { ...of, at: at + 20 * minute, type: 'session.used', from: 'lisbon', outcome: 'refused' },
    { ...of, at: at + 21 * minute, type: 'session.used', from: 'lisbon' },
    { ...of, at: at + 55 * minute, type: 'session.used', session: `${session}-late` },
  ]
}

/** Two partitions of a person each; the last message of each is none. */
function linesOf(): readonly string[] {
  return ['ada', 'grace'].flatMap((subject, partition) => {
    const history = [
      ...lifeOf(subject, `${subject}1`, -40 * day),
      ...lifeOf(subject, `${subject}2`, 0),
    ]
    const told = tell(history).map((each) => ({ ...each, id: `${subject} ${each.id}` }))
    const values = told.map((each) => ({
      receivedAt: start + each.at + 1_000,
      value: JSON.stringify(messageOf(each)),
    }))
    const all = [...values, { receivedAt: start, value: '{"version":1}' }]
    return all.map((each, offset) => JSON.stringify({ partition, offset, ...each }))
  })
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'curfew-crash-'))
  file = join(folder, 'events.ndjson')
  writeFileSync(file, `${linesOf().join('\n')}\n`)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface State {
  readonly writes: number
  readonly events: unknown
  readonly findings: readonly unknown[]
  readonly curfews: readonly unknown[]
}

/** One life; how it ended. */
async function live(home: string, dieAt: number, when: string): Promise<string> {
  const child = await openChild({
    command: process.execPath,
    args: [join(import.meta.dirname, 'crash-child.ts'), home, file, String(dieAt), when],
  })
  await child.end
  const ended = child.ended() ?? ''
  if (ended !== 'ended with code 0' && ended !== 'ended by SIGKILL') {
    throw new Error(`a life ${ended}:\n${child.lastLines(20)}`)
  }
  return ended
}

/** What the store says after a life that was cut short, if it was, and another one to its end. */
async function stateAfter(dieAt: number, when: string): Promise<{ state: State; died: boolean }> {
  const home = join(folder, `${when}-${dieAt}`)
  mkdirSync(home)
  const died = (await live(home, dieAt, when)) === 'ended by SIGKILL'
  if (died) expect(await live(home, 0, when)).toBe('ended with code 0')
  const state: State = JSON.parse(readFileSync(join(home, 'state.json'), 'utf8'))
  rmSync(home, { recursive: true, force: true })
  return { state, died }
}

const untold = ({ writes: _, ...state }: State) => state

/** A few writes of the first block and of the others; all of them, both ways, at length. */
function deathsOf(writes: number): readonly (readonly ['before' | 'after', number])[] {
  const all = Array.from({ length: writes }, (_, index) => index + 1)
  const after = soak ? all : all.filter((at) => at === 1 || at === 5 || at % 24 === 6)
  // Before a write the position of the block before it may be committed; after one it is not.
  const before = soak ? all : all.filter((at) => at % 28 === 1)
  return [
    ...after.map((at) => ['after', at] as const),
    ...before.map((at) => ['before', at] as const),
  ]
}

describe('a process that is killed at any write to the store', () => {
  it('leaves what another one brings to the end that an undisturbed one reaches', {
    timeout,
  }, async () => {
    const whole = (await stateAfter(0, 'never')).state
    expect(whole.events).toEqual({ rows: 32, ids: 32, places: 32 })
    // In their first days nothing that people show is new.
    expect([whole.findings.length, whole.curfews.length]).toEqual([16, 8])
    const planned = deathsOf(whole.writes)
    let deaths = 0
    for (const [when, dieAt] of planned) {
      const { state, died } = await stateAfter(dieAt, when)
      expect({ when, dieAt, ...untold(state) }).toEqual({ when, dieAt, ...untold(whole) })
      deaths += died ? 1 : 0
    }
    expect(deaths).toBeGreaterThan(planned.length / 2)
  })
})
