import { Compile } from 'typebox/compile'
import { describe, expect, it } from 'vitest'
import { SessionEventV1 } from '../../src/contract/session-event-v1.ts'
import { noNoise, usualNoise } from '../../src/simulate/outbox.ts'
import { dayMs } from '../../src/simulate/pace.ts'
import { openSimulation } from '../../src/simulate/simulate.ts'
import type { Run } from './given.ts'
import { aClock, aRun, eventsOf, monday, truthIn } from './given.ts'

const schema = Compile(SessionEventV1)

function isValid(json: string): boolean {
  try {
    return schema.Check(JSON.parse(json))
  } catch {
    return false
  }
}

const textOf = ({ messages, ledger }: Run) =>
  `${messages.map(({ key, json }) => `${key} ${json}`).join('\n')}\n\n${ledger.join('\n')}`

describe('a simulated company', () => {
  it('is the same to the byte for the same seed, with all its noise', async () => {
    const noise = { duplicates: 0.05, disordered: 0.1, displacementMsMax: 60_000, malformed: 0.01 }
    const plant = { causes: 10, survivors: 10, thefts: 5, usesAfterRevoke: 5, usesAfterExpiry: 5 }
    const one = await aRun({ noise, plant })
    const other = await aRun({ noise, plant })

    expect(one.messages.length).toBeGreaterThan(5_000)
    expect(one.ledger.length).toBeGreaterThan(50)
    expect(textOf(other)).toBe(textOf(one))
  })

  it('is another one for another seed', async () => {
    const one = await aRun({ days: 1 })
    const other = await aRun({ days: 1, seed: 'another company' })

    expect(textOf(other)).not.toBe(textOf(one))
    expect(truthIn(other)[0]).toMatchObject({ kind: 'run', seed: 'another company' })
  })

  it('sends only events of the contract, except those it spoils on purpose', async () => {
    const { messages, summary } = await aRun({ noise: { ...noNoise, malformed: 0.01 } })

    const invalid = messages.filter(({ json }) => !isValid(json))
    expect(summary.malformed).toBeGreaterThan(20)
    expect(invalid.length).toBe(summary.malformed)
  })

  it('spoils one message in a thousand unless told otherwise', async () => {
    const { summary } = await aRun({ people: 100, noise: usualNoise })

    expect(summary.malformed / summary.sent).toBeGreaterThan(0.0005)
    expect(summary.malformed / summary.sent).toBeLessThan(0.002)
  })

  it('sends every event under the key of its subject, and no id twice', async () => {
    const run = await aRun()
    const events = eventsOf(run)

    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length)
    expect(run.messages.map(({ key }) => key)).toEqual(events.map(({ subject }) => subject?.id))
  })

  it('mostly uses sessions, and ends about as many as it creates', async () => {
    const events = eventsOf(await aRun({ people: 100, days: 5 }))
    const share = (...types: string[]) =>
      events.filter(({ type }) => types.includes(type)).length / events.length

    expect(share('session.used')).toBeGreaterThan(0.85)
    expect(share('session.created')).toBeGreaterThan(0.005)
    expect(share('session.created')).toBeLessThan(0.05)
    const ended = share('session.ended', 'session.revoked')
    expect(ended / share('session.created')).toBeGreaterThan(0.7)
    expect(share('authentication.succeeded')).toBe(share('session.created'))
  })

  it('holds online, offline and agent sessions of people, services and agents', async () => {
    const events = eventsOf(await aRun())
    const created = events.filter(({ type }) => type === 'session.created')

    expect(new Set(created.map(({ session }) => session?.kind))).toEqual(
      new Set(['online', 'offline', 'agent']),
    )
    expect(new Set(created.map(({ subject }) => subject?.kind ?? 'user'))).toEqual(
      new Set(['user', 'service', 'agent']),
    )
    const agents = created.filter(({ subject }) => subject?.kind === 'agent')
    expect(agents.every(({ subject }) => subject?.on_behalf_of !== undefined)).toBe(true)
  })

  it('rests at weekends unless told otherwise', async () => {
    const saturday = monday + 5 * dayMs
    const logins = ({ messages }: Run) =>
      messages.filter(({ json }) => json.includes('"session.created"') && json.includes('"online"'))
        .length
    const resting = await aRun({ startAt: saturday + dayMs / 2, days: 1 })
    const working = await aRun({ startAt: saturday + dayMs / 2, days: 1, weekends: false })

    expect(logins(resting)).toBeLessThan(logins(working) / 2)
  })

  it('repeats, delays and disorders events within the bounds it was given', async () => {
    const quiet = await aRun()
    const noisy = await aRun({
      noise: { ...noNoise, duplicates: 0.05, disordered: 0.1, displacementMsMax: 120_000 },
    })
    const events = eventsOf(noisy)
    const once = new Map(noisy.messages.map(({ json }) => [JSON.parse(json).id, json]))

    const repeated = (events.length - once.size) / once.size
    expect(repeated).toBeGreaterThan(0.03)
    expect(repeated).toBeLessThan(0.07)
    expect(new Set(once.values())).toEqual(new Set(quiet.messages.map(({ json }) => json)))
    let latest = 0
    let displacedMost = 0
    for (const { occurred_at } of events) {
      const at = Date.parse(occurred_at)
      displacedMost = Math.max(displacedMost, latest - at)
      latest = Math.max(latest, at)
    }
    expect(displacedMost).toBeGreaterThan(30_000)
    // Ten seconds until the next dispatch, five for a repetition, on top of the displacement.
    expect(displacedMost).toBeLessThanOrEqual(120_000 + 15_000)
  })

  it('ends when it should, and plants nothing after the instant it was given', async () => {
    const stopPlantingAt = monday + dayMs
    const run = await aRun({ stopPlantingAt, days: 3, plant: { causes: 20 } })

    expect(run.summary.endedAt).toBeLessThanOrEqual(monday + 3 * dayMs)
    expect(run.summary.endedAt).toBeGreaterThan(monday + 2.9 * dayMs)
    const causes = truthIn(run).filter((entry) => entry.kind === 'cause')
    expect(causes.length).toBeGreaterThan(0)
    expect(causes.every(({ at }) => Date.parse(at) < stopPlantingAt)).toBe(true)
  })

  it('sends everything that still waits when it is stopped', async () => {
    const sent: string[] = []
    const clock = aClock()
    await using simulation = openSimulation({
      seed: 'stopped',
      people: 20,
      speed: 60,
      worldOnly: true,
      clock,
      noise: { ...noNoise, disordered: 1, displacementMsMax: 3_600_000 },
      sink: {
        send: async (lines) => {
          sent.push(...lines.map(({ json }) => json))
          if (clock.now() > monday + 60_000) void simulation.stop()
        },
      },
      ledger: { write: () => {} },
    })
    const summary = await simulation.run()

    expect(summary.sent).toBe(sent.length)
    const created = sent.filter((json) => json.includes('"type":"session.created"'))
    expect(summary.sessions).toBeGreaterThan(5)
    expect(created.length).toBe(summary.sessions)
    expect(await simulation.stop()).toEqual(summary)
  })

  it.each([
    { idp: { url: 'http://127.0.0.1:1', token: 't' }, worldOnly: true },
    { worldOnly: false },
    { idp: { url: 'http://127.0.0.1:1', token: 't' }, worldOnly: false, speed: 'fast' as const },
    { speed: 0 },
    { people: 0 },
  ])('refuses options that contradict each other: %j', async (given) => {
    await expect(aRun(given)).rejects.toMatchObject({ code: 'SETTINGS_INVALID' })
  })
})
