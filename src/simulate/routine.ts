import { logIn, logOut, seenFrom, subjectOf, use, whereIs } from './actions.ts'
import { cities, distanceKm } from './cities.ts'
import type { CompanySession } from './company-sessions.ts'
import type { Device } from './devices.ts'
import type { Plan } from './habits.ts'
import {
  nextArrival,
  planAgentSession,
  planBrowserSession,
  planPhoneSession,
  planServiceSession,
} from './habits.ts'
import { dayMs, hourMs, minuteMs, secondMs } from './pace.ts'
import type { Actor } from './people.ts'
import { isAtWork } from './people.ts'
import { flightMs, planTrip } from './travel.ts'
import type { World } from './world.ts'
import { later } from './world.ts'

/** The ordinary days of the company: nobody does anything wrong here. */

// However hurried life is, one session is used at most so often on the wire.
const gapWireMsMin = 250
const survivorGapWireMsMin = secondMs

/** Everybody begins: who is at work comes in within half an hour of life, the others in time. */
export function beginDays(world: World): void {
  for (const person of world.company.people) beginPerson(world, person)
  for (const service of world.company.services) soon(world, () => serve(world, service))
  for (const agent of world.company.agents) beginAgent(world, agent)
}

function soon(world: World, action: () => Promise<void>): void {
  later(world, world.pace.wireMs(world.random.unit() * 30 * minuteMs), action)
}

export function beginPerson(world: World, person: Actor): void {
  if (world.random.chance(0.03)) person.trips = [tripUnderWay(world, person)]
  if (isAtWork(person, world.pace.lifeAt(world.now()))) soon(world, () => arrive(world, person))
  else scheduleArrival(world, person)
}

function scheduleArrival(world: World, person: Actor): void {
  const { pace, random } = world
  const arrival = nextArrival(random, person, pace.lifeAt(world.now()), world.weekends)
  world.queue.add(pace.wireAt(arrival), () => arrive(world, person))
}

async function arrive(world: World, person: Actor): Promise<void> {
  if (person.gone) return
  scheduleArrival(world, person)
  considerTrip(world, person)
  const { random } = world
  for (const device of person.devices) {
    if (device.kind === 'laptop' || random.chance(0.3)) {
      await enter(world, person, device, planBrowserSession(random))
    } else if (!isHeld(world, person, device)) {
      await enter(world, person, device, planPhoneSession(random))
    }
  }
  const laptop = person.devices[0]
  if (laptop !== undefined && random.chance(0.4)) {
    const afternoon = world.pace.wireMs(random.between(3, 6) * hourMs)
    later(world, afternoon, () => enter(world, person, laptop, planBrowserSession(random)))
  }
}

function isHeld(world: World, person: Actor, device: Device): boolean {
  return world.held.of(person, world.now()).some((session) => session.device === device)
}

/** A working day's service session follows the other; who was stopped stays stopped. */
async function serve(world: World, service: Actor): Promise<void> {
  const machine = service.devices[0]
  if (machine === undefined || service.gone) return
  const plan = planServiceSession()
  await enter(world, service, machine, plan)
  later(world, world.pace.wireMs(plan.lastsMs), () => serve(world, service))
}

export function beginAgent(world: World, agent: Actor): void {
  const wait = world.pace.wireMs(world.random.waiting(1.5 * hourMs))
  later(world, wait, async () => {
    if (agent.gone) return
    const machine = agent.devices[0]
    if (machine !== undefined && isAtWork(agent, world.pace.lifeAt(world.now()))) {
      await enter(world, agent, machine, planAgentSession(world.random))
    }
    beginAgent(world, agent)
  })
}

/** Logs in, sometimes after a mistyped password, and goes on using the session. */
async function enter(world: World, actor: Actor, device: Device, plan: Plan): Promise<void> {
  const network = whereIs(world, actor, device)
  if (network === undefined || actor.gone) return
  if (actor.kind === 'user' && world.random.chance(0.03)) {
    await world.idp.tell({
      type: 'authentication.failed',
      subject: subjectOf(actor),
      from: seenFrom(world, network, device),
      reason: 'wrong password',
    })
  }
  const session = await logIn(world, actor, device, plan)
  if (session !== undefined) keepUsing(world, session)
}

/** Uses a session again before long. Whatever use of it was planned before is dropped. */
export function keepUsing(world: World, session: CompanySession): void {
  const { pace, random } = world
  session.turn += 1
  const turn = session.turn
  const gap =
    session.left === 'active'
      ? Math.max(survivorGapWireMsMin, pace.wireMs(random.between(1, 4) * minuteMs))
      : Math.max(gapWireMsMin, pace.wireMs(random.waiting(session.plan.gapMs)))
  later(world, gap, async () => {
    if (turn === session.turn) await useAgain(world, session)
  })
}

async function useAgain(world: World, session: CompanySession): Promise<void> {
  if (session.reserved || session.left === 'idle') return
  if (!session.alive) return comeBack(world, session)
  // A survivor that is used on is used at any hour: by its owner, or by who has it now.
  if (session.left !== 'active') {
    if (world.now() >= session.usedUntil) {
      if (session.plan.logsOut) await logOut(world, session)
      return
    }
    if (session.plan.kind === 'offline' && !isAwake(world, session.actor)) {
      later(world, world.pace.wireMs(hourMs), async () => keepUsing(world, session))
      return
    }
  }
  const unplaced = session.left === 'active' ? session.actor.networks.mobile : undefined
  const network = whereIs(world, session.actor, session.device) ?? unplaced
  if (network === undefined) return keepUsing(world, session)
  const result = await use(world, session, seenFrom(world, network, session.device))
  if (result.status === 'accepted') session.lastUse = { at: result.at, network }
  if (result.status === 'refused') return comeBack(world, session)
  keepUsing(world, session)
}

function isAwake(world: World, actor: Actor): boolean {
  const life = world.pace.lifeAt(world.now())
  return isAtWork(actor, life) || isAtWork(actor, life - 5 * hourMs)
}

/** Whoever loses a session in the middle of work logs in again. */
function comeBack(world: World, { actor, device, plan, usedUntil }: CompanySession): void {
  const stillWorks = isAtWork(actor, world.pace.lifeAt(world.now()))
  if (plan.kind === 'agent' || world.now() >= usedUntil || !stillWorks) return
  if (!actor.devices.includes(device)) return
  const wait = world.pace.wireMs(world.random.between(1, 10) * minuteMs)
  later(world, wait, () => enter(world, actor, device, plan))
}

function considerTrip(world: World, person: Actor): void {
  const { random, pace } = world
  const last = person.trips.at(-1)
  if ((last !== undefined && last.homeAt > world.now()) || !random.chance(0.02)) return
  const to = random.pick(cities)
  // In a hurried life a flight would last for weeks: then nobody sets out.
  const tooLong = pace.speed * flightMs(person.home, to) > 3 * dayMs
  if (tooLong || distanceKm(person.home, to) < 200) return
  const leaveAt = world.now() + pace.wireMs(random.between(4, 12) * hourMs)
  person.trips = [planTrip(random, person.home, to, leaveAt)]
}

/** A trip of somebody who is abroad when the simulation begins. */
function tripUnderWay(world: World, person: Actor) {
  const to = world.random.pick(cities)
  const way = Math.round(flightMs(person.home, to))
  const returnAt = world.now() + world.random.whole(1, 3) * dayMs
  const arriveAt = world.now() - dayMs
  return { to, leaveAt: arriveAt - way, arriveAt, returnAt, homeAt: returnAt + way }
}
