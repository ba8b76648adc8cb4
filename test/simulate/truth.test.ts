import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { SessionEventV1 } from '../../src/contract/session-event-v1.ts'
import { distanceKm } from '../../src/simulate/cities.ts'
import { hourMs } from '../../src/simulate/pace.ts'
import { openLedgerFile } from '../../src/simulate/truth.ts'
import type { Run } from './given.ts'
import { aClock, aRun, eventsOf, truthIn, truthOfKind } from './given.ts'

const plant = { causes: 12, survivors: 16, thefts: 5, usesAfterRevoke: 5, usesAfterExpiry: 5 }
const timeOf = ({ occurred_at }: SessionEventV1) => Date.parse(occurred_at)
const busyDays = await aRun({ people: 80, days: 8, weekends: false, plant })
const events = eventsOf(busyDays)

/** What the events alone tell of each session: in which of them it began and ended. */
interface CauseEvent {
  readonly created: SessionEventV1
  readonly createdPlace: number
  endedAt: number
  endedPlace: number
  readonly events: SessionEventV1[]
}

const told = new Map<string, CauseEvent>()
for (const [place, event] of events.entries()) {
  const id = event.session?.id ?? ''
  if (event.type === 'session.created') {
    const endless = { endedAt: Number.POSITIVE_INFINITY, endedPlace: Number.POSITIVE_INFINITY }
    told.set(id, { created: event, createdPlace: place, ...endless, events: [] })
  }
  const one = told.get(id)
  one?.events.push(event)
  if (one === undefined || !['session.ended', 'session.revoked'].includes(event.type)) continue
  if (one.endedAt !== Number.POSITIVE_INFINITY) continue
  one.endedAt = timeOf(event)
  one.endedPlace = place
}
const placeOfEvent = new Map(events.map(({ id }, place) => [id, place]))
const eventsOfSession = (id: string) => told.get(id)?.events ?? []

/** Sessions of whoever suits that were alive when an event happened, by what the events tell. */
function aliveAt(
  { at, event_id }: { readonly at: string; readonly event_id: string },
  suits: (created: SessionEventV1) => boolean,
): string[] {
  const place = placeOfEvent.get(event_id) ?? 0
  const instant = Date.parse(at)
  return [...told.values()]
    .filter(({ created, createdPlace }) => createdPlace < place && suits(created))
    .filter(
      ({ endedAt, endedPlace }) => endedAt > instant || (endedAt === instant && endedPlace > place),
    )
    .map(({ created }) => created.session?.id ?? '')
}

describe('the truth ledger', () => {
  it('lists for each cause exactly the sessions that were alive in its scope', () => {
    const pretended = new Set(
      truthOfKind(busyDays, 'use_after_revoke')
        .filter(({ notes }) => notes.observer === 'idp' && notes.result === 'breach')
        .map(({ session }) => session.id),
    )
    const causes = truthOfKind(busyDays, 'cause').filter(({ scope }) => scope.kind === 'subject')
    expect(causes.length).toBeGreaterThan(20)
    for (const cause of causes) {
      const alive = aliveAt(cause, ({ subject }) => subject?.id === cause.subject).filter(
        (id) => !pretended.has(id),
      )
      const listed = cause.sessions
        .filter(({ via, id }) => via === 'scope' && !pretended.has(id))
        .map(({ id }) => id)
      expect(listed.toSorted()).toEqual(alive.toSorted())
    }
  })

  it('lists what agents hold for somebody who is suspended or leaves', () => {
    const gone = truthOfKind(busyDays, 'cause').filter(({ class: name }) =>
      ['subject_suspended', 'subject_offboarded'].includes(name),
    )
    const delegated = gone.flatMap((cause) => {
      const alive = aliveAt(cause, ({ subject }) => subject?.on_behalf_of === cause.subject)
      const listed = cause.sessions.filter(({ via }) => via === 'delegation').map(({ id }) => id)
      expect(listed.toSorted()).toEqual(alive.toSorted())
      return listed
    })
    expect(delegated.length).toBeGreaterThan(0)
  })

  it('exempts only the session that made an authenticated change', () => {
    for (const cause of truthOfKind(busyDays, 'cause')) {
      const cited = events[placeOfEvent.get(cause.event_id) ?? -1]
      const exempt = cause.sessions.filter((session) => session.exempt).map(({ id }) => id)
      expect(exempt).toEqual(
        cited?.initiator?.session_id === undefined ? [] : [cited.initiator.session_id],
      )
    }
  })

  it('names every session that was left alive as a survivor, and the company ends the others', () => {
    const left = truthOfKind(busyDays, 'cause').flatMap(({ event_id, sessions }) =>
      sessions.filter((session) => session.left !== 'no').map(({ id }) => `${event_id} ${id}`),
    )
    const survivors = truthOfKind(busyDays, 'survivor').map(
      ({ cause, session }) => `${cause?.event_id} ${session.id}`,
    )
    expect(survivors.length).toBeGreaterThan(20)
    expect(survivors.toSorted()).toEqual(left.toSorted())

    const ended = new Map(truthOfKind(busyDays, 'ended').map((end) => [end.session.id, end]))
    const due = truthOfKind(busyDays, 'cause').flatMap(({ at, sessions }) =>
      sessions.filter((one) => one.left === 'no' && !one.exempt).map(({ id }) => ({ id, at })),
    )
    expect(due.length).toBeGreaterThan(20)
    for (const { id, at } of due) {
      const tookMs = Date.parse(ended.get(id)?.at ?? '') - Date.parse(at)
      expect(tookMs).toBeLessThanOrEqual(2_000)
    }
  })

  it('keeps idle survivors silent after their cause until they expire, and lets active ones be used', () => {
    const survivors = truthOfKind(busyDays, 'survivor')
    const eventsSince = (id: string, at: string) =>
      eventsOfSession(id).filter((event) => timeOf(event) > Date.parse(at))
    const idle = survivors.filter(({ notes }) => notes.variant === 'idle')
    const active = survivors.filter(({ notes }) => notes.variant === 'active')

    expect(idle.length).toBeGreaterThan(5)
    for (const { session, at } of idle) {
      const types = eventsSince(session.id, at).map(({ type, reason }) => `${type} ${reason}`)
      expect(types.filter((type) => type !== 'session.ended expired')).toEqual([])
    }
    expect(active.length).toBeGreaterThan(5)
    for (const { session, at, notes } of active) {
      const lives = Math.min(Date.parse(String(notes.expires_at)), busyDays.summary.endedAt)
      if (lives - Date.parse(at) < hourMs) continue
      const uses = eventsSince(session.id, at).filter(
        ({ outcome }) => outcome?.result === 'accepted',
      )
      expect(uses.length).toBeGreaterThan(1)
    }
  })

  it('plants survivors of online, offline and agent sessions and of most causes', () => {
    const survivors = truthOfKind(busyDays, 'survivor')

    expect(new Set(survivors.map(({ session }) => session.kind)).size).toBe(3)
    expect(new Set(survivors.map(({ cause }) => cause?.class)).size).toBeGreaterThanOrEqual(6)
    for (const { cause, expect: expected } of survivors) {
      expect(expected.curfew?.class).toBe(cause?.class)
    }
  })

  it('names uses after a revocation that come later by more than the lapse, of all variants', () => {
    const planted = truthOfKind(busyDays, 'use_after_revoke')
    const variants = planted.map(({ notes }) => `${notes.observer} ${notes.result}`)

    expect(new Set(variants)).toEqual(new Set(['idp breach', 'application breach', 'idp attempt']))
    for (const { session, events: ids, notes } of planted) {
      const own = eventsOfSession(session.id)
      const revoked = own.find(({ type }) => type === 'session.revoked')
      const used = own.find(({ id }) => ids.includes(id))
      expect(used?.outcome?.result).toBe(notes.result === 'breach' ? 'accepted' : 'refused')
      expect(timeOf(used ?? never) - timeOf(revoked ?? never)).toBeGreaterThanOrEqual(45_000)
      if (notes.result === 'attempt') {
        expect(used?.outcome?.refusal_reason).toBe('session_ended')
      }
    }
  })

  it('names uses after expiry that an application accepted later than the lapse', () => {
    const planted = truthOfKind(busyDays, 'use_after_expiry')

    expect(planted.length).toBeGreaterThan(5)
    for (const { session, events: ids } of planted) {
      const own = eventsOfSession(session.id)
      const expiresAt = own.find(({ type }) => type === 'session.created')?.expires_at
      const used = own.find(({ id }) => ids.includes(id)) ?? never
      expect(used.outcome).toMatchObject({ result: 'accepted', observer: 'application' })
      expect(timeOf(used) - Date.parse(expiresAt ?? '')).toBeGreaterThanOrEqual(45_000)
    }
  })

  it('plants nothing that it was not asked for', async () => {
    const none = { causes: 0, survivors: 0, thefts: 0, usesAfterRevoke: 0, usesAfterExpiry: 0 }
    const run = await aRun({ plant: none })

    expect(truthIn(run).map(({ kind }) => kind)).toEqual(['run'])
  })

  it('writes lines to a file of its own and never over another one', () => {
    const folder = mkdtempSync(join(tmpdir(), 'truth-'))
    try {
      const path = join(folder, 'truth.ndjson')
      using ledger = openLedgerFile(path)
      ledger.write('{"kind":"run"}')
      ledger.write('{"kind":"ended"}')
      expect(readFileSync(path, 'utf8')).toBe('{"kind":"run"}\n{"kind":"ended"}\n')
      expect(() => openLedgerFile(path)).toThrow(/EEXIST/)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

const never: SessionEventV1 = { version: 1, id: '', type: 'session.used', occurred_at: '' }

describe('movement', () => {
  const placeOf = (event: SessionEventV1) => {
    const { latitude, longitude } = event.place ?? {}
    return latitude === undefined || longitude === undefined ? undefined : { latitude, longitude }
  }
  const isThief = ({ network }: SessionEventV1) => network?.name === 'Example Broadband'

  const isRoaming = ({ network }: SessionEventV1) =>
    network?.class === 'mobile' || network?.class === 'vpn'

  /** Speeds in km/h between neighbouring sightings of each subject whose place can be judged. */
  function speedsOf(run: Run): number[] {
    const last = new Map<string, SessionEventV1>()
    const speeds: number[] = []
    const sighted = eventsOf(run)
      .filter((event) => event.place !== undefined && !isRoaming(event) && !isThief(event))
      .sort((one, other) => timeOf(one) - timeOf(other))
    for (const event of sighted) {
      const before = last.get(event.subject?.id ?? '')
      last.set(event.subject?.id ?? '', event)
      const [from, to] = [before && placeOf(before), placeOf(event)]
      if (before === undefined || from === undefined || to === undefined) continue
      const km = distanceKm(from, to)
      if (km > 0) speeds.push(km / ((timeOf(event) - timeOf(before)) / hourMs))
    }
    return speeds
  }

  it('of honest people never exceeds 900 km/h, though they do travel', async () => {
    const speeds = speedsOf(await aRun({ people: 80, days: 12, weekends: false }))

    expect(speeds.length).toBeGreaterThan(10)
    expect(Math.max(...speeds)).toBeLessThan(900)
  })

  it('of honest people never exceeds 900 km/h in a hurried life either', async () => {
    const clock = aClock()
    const run = await aRun({ people: 100, speed: 600, clock, days: 3, plant })

    expect(run.messages.length).toBeGreaterThan(5_000)
    expect(Math.max(0, ...speedsOf(run))).toBeLessThan(900)
  })

  it('of thieves always exceeds 900 km/h, and is to another country', () => {
    const thefts = truthOfKind(busyDays, 'theft')

    expect(thefts.length).toBeGreaterThan(5)
    for (const { session, at, events: ids } of thefts) {
      const own = eventsOfSession(session.id).filter((event) => placeOf(event) !== undefined)
      const stolen = own.find(({ id }) => ids.includes(id)) ?? never
      const before = own.filter((event) => !isThief(event) && timeOf(event) < Date.parse(at)).at(-1)
      const [from, to] = [placeOf(before ?? never), placeOf(stolen)]
      if (from === undefined || to === undefined) throw new Error('a theft has two places')
      const hours = (Date.parse(at) - timeOf(before ?? never)) / hourMs
      expect(distanceKm(from, to)).toBeGreaterThan(4_000)
      expect(distanceKm(from, to) / hours).toBeGreaterThan(900)
      expect(stolen.place?.country).not.toBe(before?.place?.country)
    }
  })
})
