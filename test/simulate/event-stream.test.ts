import { Compile } from 'typebox/compile'
import { describe, expect, it } from 'vitest'
import { SessionEventV1 } from '../../src/contract/session-event-v1.ts'
import { scaleFor, simulateEvents } from '../../src/simulate/event-stream.ts'

const given = { seed: 'stream', people: 2_000, count: 50_000 }
const lines = [...simulateEvents(given)]
const events: SessionEventV1[] = lines.map((line) => JSON.parse(line))
const shareOf = (which: (event: SessionEventV1) => boolean) =>
  events.filter(which).length / events.length

describe('the stream of events', () => {
  it('is the same for the same seed and another one for another', () => {
    expect([...simulateEvents(given)]).toEqual(lines)
    const [first] = simulateEvents({ ...given, seed: 'other', count: 1 })
    expect(first).not.toBe(lines[0])
  })

  it('holds only events of the contract, each id once, in order of time', () => {
    const schema = Compile(SessionEventV1)
    expect(events.every((event) => schema.Check(event))).toBe(true)
    expect(new Set(events.map(({ id }) => id)).size).toBe(given.count)
    const times = events.map(({ occurred_at }) => occurred_at)
    expect(times).toEqual(times.toSorted())
  })

  it('gives every event what the contract wants of its type', () => {
    for (const { type, session, subject, outcome } of events) {
      expect(subject?.id).toBeTruthy()
      if (type.startsWith('session.')) expect(session?.id).toBeTruthy()
      if (type === 'session.used') expect(outcome?.result).toBeTruthy()
    }
  })

  it('creates a session anew after it ended, and uses none that has ended', () => {
    const ended = new Set<string>()
    const created = new Set<string>()
    for (const { type, session } of events) {
      if (session === undefined) continue
      if (type === 'session.used') expect(ended.has(session.id)).toBe(false)
      if (type === 'session.created') {
        expect(created.has(session.id) || ended.has(session.id)).toBe(false)
        created.add(session.id)
      }
      if (type === 'session.ended' || type === 'session.revoked') ended.add(session.id)
    }
    expect(created.size).toBeGreaterThan(500)
  })

  it('has the proportions of a large company', () => {
    expect(shareOf(({ type }) => type === 'session.used')).toBeGreaterThan(0.88)
    expect(shareOf(({ type }) => type === 'session.created')).toBeLessThan(0.06)
    const isCause = ({ type }: SessionEventV1) =>
      !type.startsWith('session.') && !type.startsWith('authentication.')
    expect(shareOf(isCause)).toBeGreaterThan(0.0005)
    expect(shareOf(isCause)).toBeLessThan(0.005)
    const isIpv6 = ({ ip }: SessionEventV1) => ip?.includes(':') === true
    expect(shareOf(isIpv6)).toBeGreaterThan(0.07)
    expect(shareOf(isIpv6)).toBeLessThan(0.13)
    const bytes = lines.reduce((sum, line) => sum + Buffer.byteLength(line), 0) / lines.length
    expect(bytes).toBeGreaterThan(450)
    expect(bytes).toBeLessThan(650)
  })

  it('knows as many people, sessions, addresses, user agents and organizations as it should', () => {
    expect(scaleFor(50_000)).toEqual({
      people: 50_000,
      sessions: 100_000,
      addresses: 20_000,
      userAgents: 500,
      organizations: 800,
    })
    const distinct = (of: (event: SessionEventV1) => string | undefined) =>
      new Set(events.map(of).filter((value) => value !== undefined)).size
    const scale = scaleFor(given.people)
    expect(distinct(({ subject }) => subject?.id)).toBe(scale.people)
    expect(distinct(({ organization_id }) => organization_id)).toBe(scale.organizations)
    // Two of them may by chance be the same.
    expect(distinct(({ ip }) => ip) / scale.addresses).toBeGreaterThan(0.99)
    expect(distinct(({ user_agent }) => user_agent)).toBe(scale.userAgents)
  })

  it('makes more than 100,000 events a second', () => {
    const stream = simulateEvents({ seed: 'fast', people: 1_000, count: 200_000 })
    stream.next()
    const startedAt = performance.now()
    let made = 0
    for (const line of stream) made += line.length > 0 ? 1 : 0
    expect(made / ((performance.now() - startedAt) / 1_000)).toBeGreaterThan(100_000)
  })
})
