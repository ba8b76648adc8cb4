import type { Clock } from '../contract/ports.ts'
import { Company } from './company.ts'
import { CompanySessions } from './company-sessions.ts'
import { EventQueue } from './event-queue.ts'
import { makeDirectIdp, makeHttpIdp } from './idp/access.ts'
import type { Idp } from './idp/idp.ts'
import { IdpSessions } from './idp/sessions.ts'
import type { SimulationOptions } from './options.ts'
import { Outbox, usualNoise } from './outbox.ts'
import { makePace, minuteMs, mondayMorning } from './pace.ts'
import { Random } from './random.ts'
import type { Action, World } from './world.ts'
import { noCounts, timeText, writeTruth } from './world.ts'

/** Founds the company and everything around it, at the clock's now; nothing happens yet. */
export function makeWorld(options: SimulationOptions, clock: Clock): World {
  const random = new Random(options.seed)
  const startedAt = clock.now()
  const speed = options.speed === 'fast' ? 1 : options.speed
  // A hurried life begins on a working day, so that there is something to see at once.
  const life = speed === 1 ? startedAt : mondayMorning(startedAt)
  const world: World = {
    random: random.fork('life'),
    pace: makePace(speed, { wire: startedAt, life }),
    now: clock.now,
    queue: new EventQueue<Action>(),
    company: new Company(random.fork('company'), options.people),
    held: new CompanySessions(),
    idp: idpOf(options, clock, random.fork('provider')),
    outbox: new Outbox({
      sink: options.sink,
      noise: { ...usualNoise, ...options.noise },
      random: random.fork('noise'),
      eventsPerSecondMax: options.eventsPerSecondMax ?? Number.POSITIVE_INFINITY,
      // The sink lives by the given clock, even where the company lives in virtual time.
      clock: options.clock,
    }),
    ledger: options.ledger,
    instance: options.instance ?? 'loopback',
    run: random.fork(`run at ${startedAt}`).hex(8),
    weekends: options.weekends ?? speed === 1,
    counts: noCounts(),
    numbered: 0,
  }
  const { seed, people } = options
  const { instance } = world
  writeTruth(world, { kind: 'run', seed, at: timeText(startedAt), instance, people, speed })
  return world
}

function idpOf({ idp }: SimulationOptions, clock: Clock, random: Random): Idp {
  if (idp !== undefined) return 'url' in idp ? makeHttpIdp(idp) : idp
  const sessions = new IdpSessions({
    now: clock.now,
    newId: () => random.hex(16),
    accessTokenMs: 5 * minuteMs,
    eventsMax: 50_000,
    endsSessionsOn: new Set(),
  })
  return makeDirectIdp(sessions)
}
