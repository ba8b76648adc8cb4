import type { Clock } from '../contract/ports.ts'
import type { SimulationOptions } from './options.ts'
import { usualPlant } from './options.ts'
import { dayMs, minuteMs, secondMs } from './pace.ts'
import { beginDays } from './routine.ts'
import { handleWell, leaveSurvivors, steal, useAfterExpiry, useAfterRevoke } from './stories.ts'
import type { World } from './world.ts'
import { later, post } from './world.ts'

/** Brings what happened at the provider, and what waits in the outbox, to the sink. */
export type Ship = (now: number) => Promise<void>

/** @param forwardFeed whether the provider's own feed travels along. */
export function makeShip(world: World, forwardFeed: boolean): Ship {
  let cursor = ''
  return async (now) => {
    while (forwardFeed) {
      const answer = await world.idp.eventsAfter(cursor)
      if (answer.status === 'unavailable') world.counts.unavailable += 1
      const events = answer.status === 'read' ? answer.events : []
      for (const event of events) post(world, event)
      const last = events.at(-1)
      if (last === undefined) break
      cursor = last.id
    }
    await world.outbox.flush(now)
  }
}

export interface Life {
  readonly world: World
  readonly clock: Clock
  /** Wire time at which everything ends. */
  readonly until: number
  readonly ending: AbortSignal
  readonly options: SimulationOptions
  readonly ship: Ship
}

/**
 * Lets everybody live, one action after the other in order of time, until the end; then sends what
 * still waits. One at a time, so that a run can be had again. Gives the wire time of its end.
 */
export async function live({ world, clock, until, ending, options, ship }: Life): Promise<number> {
  beginDays(world)
  beginStories(world, options)
  // In virtual time nobody waits for an event, so it may travel with many others.
  const shipEveryMs = options.speed === 'fast' ? 10 * secondMs : 200
  shipRegularly(world, ship, shipEveryMs)
  while (!ending.aborted && world.queue.nextAt <= until) {
    const waitMs = world.queue.nextAt - clock.now()
    if (waitMs > 0) await clock.wait(waitMs, ending)
    const action = world.queue.take(clock.now())
    if (action !== undefined && !ending.aborted) await action()
  }
  const endedAt = clock.now()
  await ship(Number.POSITIVE_INFINITY)
  return endedAt
}

function shipRegularly(world: World, ship: Ship, everyMs: number): void {
  later(world, everyMs, async () => {
    await ship(world.now())
    shipRegularly(world, ship, everyMs)
  })
}

function beginStories(
  world: World,
  { people, plant, graceMs = 20_000, lapseMs = 45_000, ...rest }: SimulationOptions,
) {
  const perDay = { ...usualPlant(people), ...plant }
  const stopAt = rest.stopPlantingAt ?? Number.POSITIVE_INFINITY
  const begin = (often: number, story: () => Promise<boolean>) => {
    if (often > 0) tellAgain({ world, everyMs: dayMs / often, stopAt, story })
  }
  begin(perDay.causes, () => handleWell(world))
  begin(perDay.survivors, () => leaveSurvivors(world, graceMs))
  begin(perDay.thefts, () => steal(world))
  begin(perDay.usesAfterRevoke, () => useAfterRevoke(world, lapseMs))
  begin(perDay.usesAfterExpiry, () => useAfterExpiry(world, lapseMs))
}

interface Recurring {
  readonly world: World
  /** Average stretch of life between two of them. */
  readonly everyMs: number
  readonly stopAt: number
  /** False when it could not begin, as nobody suited it. */
  readonly story: () => Promise<boolean>
}

const retriesMax = 60

function tellAgain(recurring: Recurring): void {
  const { world, everyMs } = recurring
  const wait = world.pace.wireMs(world.random.waiting(everyMs))
  later(world, wait, () => attempt(recurring, retriesMax))
}

/** Who finds nobody to tell a story of tries again a little later, and gives up after an hour. */
async function attempt(recurring: Recurring, retriesLeft: number): Promise<void> {
  const { world, stopAt, story } = recurring
  if (world.now() >= stopAt) return
  if ((await story()) || retriesLeft === 0) return tellAgain(recurring)
  later(world, world.pace.wireMs(minuteMs), () => attempt(recurring, retriesLeft - 1))
}
