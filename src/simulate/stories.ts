import { acceptAtApplication, refresh, revoke, seenFrom, use, whereIs } from './actions.ts'
import type { Condemned, Draft } from './causes.ts'
import { bringAbout, causeKinds, draftCause } from './causes.ts'
import { cities, distanceKm } from './cities.ts'
import type { CompanySession } from './company-sessions.ts'
import { makeDevice } from './devices.ts'
import { thiefNetwork } from './networks.ts'
import { hourMs, minuteMs, secondMs } from './pace.ts'
import type { Actor } from './people.ts'
import type { PlantedKind, PlantedTruth, SessionTruth } from './truth.ts'
import { expectedDetector } from './truth.ts'
import type { World } from './world.ts'
import { later, nameOf, timeText, truthOf, writeTruth } from './world.ts'

/** The evil that is planted, one story a function. Each says whether it could begin. */

const triesMax = 40

/** A random living person (or agent) of whom no other story is told, and who suits this one. */
function findActor<Found>(
  world: World,
  pool: readonly Actor[],
  suits: (actor: Actor) => Found | undefined,
): Found | undefined {
  for (let tries = 0; tries < triesMax && pool.length > 0; tries++) {
    const actor = world.random.pick(pool)
    const found = actor.busy || actor.gone ? undefined : suits(actor)
    if (found !== undefined) return found
  }
  return undefined
}

function findSession(
  world: World,
  suits: (session: CompanySession) => boolean,
): CompanySession | undefined {
  return findActor(world, world.company.people, (person) =>
    world.held.of(person, world.now()).find((session) => !session.watched && suits(session)),
  )
}

function findCause(world: World, suits: (draft: Draft) => boolean): Draft | undefined {
  const { company, random } = world
  const kind = random.pickWeighted(causeKinds)
  // Few people have an agent at work, so they would hardly ever be the ones who leave.
  const orphans = kind.delegated === true && random.chance(0.3)
  const people = orphans
    ? company.people.filter((person) => company.agentsOf(person).length > 0)
    : company.people
  return findActor(world, kind.type === 'grant.revoked' ? company.agents : people, (actor) => {
    const draft = draftCause(world, kind, actor)
    if (draft === undefined || !isUntold(draft) || !suits(draft)) return undefined
    const delegated = draft.condemned.some(({ via }) => via === 'delegation')
    return orphans && !delegated ? undefined : draft
  })
}

/** A session may have a story of its own, though its person has none. */
const isUntold = ({ condemned }: Draft): boolean =>
  condemned.every(
    ({ session: { left, reserved, doomed } }) => left === 'no' && !reserved && !doomed,
  )

/** A cause after which the company itself ends everything. */
export async function handleWell(world: World): Promise<boolean> {
  const draft = findCause(
    world,
    ({ condemned }) => condemned.length > 0 || world.random.chance(0.1),
  )
  if (draft === undefined) return false
  await bringAbout(world, draft, () => 'no')
  return true
}

/**
 * A cause after which sessions are left alive: half of them go on being used, the other half never
 * make another sound. `graceMs`: younger sessions, and those about to expire, are not left, as
 * nobody could blame anybody for them.
 */
export async function leaveSurvivors(world: World, graceMs: number): Promise<boolean> {
  const canStay = ({ session, exempt }: Condemned) =>
    !exempt &&
    session.createdAt < world.now() - graceMs / 2 &&
    session.expiresAt > world.now() + graceMs
  const draft = findCause(world, ({ condemned }) => condemned.some(canStay))
  if (draft === undefined) return false
  const left = await bringAbout(world, draft, (condemned) => {
    if (!canStay(condemned)) return 'no'
    return world.random.chance(0.5) ? 'active' : 'idle'
  })
  keepBusy(world, [draft.actor, ...left.map((session) => session.actor)], left)
  return true
}

/** No other story is told of these until their survivors are gone. */
function keepBusy(world: World, actors: readonly Actor[], left: readonly CompanySession[]): void {
  const over = left.every((session) => !session.alive)
  for (const actor of actors) actor.busy = !over
  if (over) return
  const wait = Math.max(secondMs, world.pace.wireMs(30 * minuteMs))
  later(world, wait, async () => keepBusy(world, actors, left))
}

/** So far and so soon after the owner that no aeroplane helps: 4,000 km/h and more. */
const theftDistanceKmMin = 4_000
const theftDelayMs = { least: secondMs, most: hourMs } as const

/** A session's tokens are copied and used from another continent, while its owner goes on. */
export async function steal(world: World): Promise<boolean> {
  const session = findSession(world, ({ lastUse }) => {
    const since = world.now() - lastUse.at
    return lastUse.network.placed && since >= theftDelayMs.least && since <= theftDelayMs.most
  })
  if (session === undefined) return false
  const { lastUse, actor } = session
  const here = lastUse.network.city
  const far = cities.filter(
    (city) => city.country !== here.country && distanceKm(city, here) > theftDistanceKmMin,
  )
  const network = thiefNetwork(world.random.pick(far))
  const device = makeDevice(world.random, world.random.chance(0.7) ? 'laptop' : 'script')
  // A copied cookie brings no device id along.
  const { device_id: _, ...from } = seenFrom(world, network, device)
  const stolen = await use(world, session, from)
  if (stolen.status !== 'accepted') return false
  world.counts.thefts += 1
  actor.busy = true
  writePlant(world, 'theft', session, {
    at: stolen.at,
    events: stolen.eventIds,
    notes: {
      km: Math.round(distanceKm(network.city, here)),
      seconds_after_owner: Math.round((stolen.at - lastUse.at) / secondMs),
      country: network.city.country,
    },
  })
  let uses = world.random.whole(1, 3)
  const again = async () => {
    if (session.alive && uses > 0) await use(world, session, from)
    uses -= 1
    if (uses > 0 && session.alive) later(world, nextUseMs(world), again)
    else actor.busy = false
  }
  later(world, nextUseMs(world), again)
  return true
}

const nextUseMs = (world: World): number =>
  Math.max(secondMs, world.pace.wireMs(world.random.between(1, 5) * minuteMs))

/**
 * A session is revoked, and used at least `lapseMs` later: refused by the provider, accepted by an
 * application that keeps a copy, or accepted by a provider that only said it had revoked.
 */
export async function useAfterRevoke(world: World, lapseMs: number): Promise<boolean> {
  const session = findSession(
    world,
    ({ plan, expiresAt }) => plan.kind !== 'agent' && expiresAt > world.now() + 2 * lapseMs,
  )
  if (session === undefined) return false
  const variant = world.random.pick(['idp', 'application', 'refused'] as const)
  const revoked = await revoke(world, session, {
    reason: 'reported by its owner',
    pretend: variant === 'idp',
  })
  if (!revoked) return false
  reserve(session)
  const revokedAt = world.now()
  const wait = Math.round(world.random.between(lapseMs, 1.5 * lapseMs))
  later(world, wait, async () => {
    session.actor.busy = false
    const seen = await useDead(world, session, variant)
    if (seen === undefined) return
    world.counts.usesAfterRevoke += 1
    const { at, events, ...how } = seen
    const notes = { ...how, ms_after_revoke: at - revokedAt }
    writePlant(world, 'use_after_revoke', session, { at, events, notes })
  })
  return true
}

/** Uses a session that should be dead. Undefined when the provider could not be reached. */
async function useDead(
  world: World,
  session: CompanySession,
  variant: 'idp' | 'application' | 'refused',
) {
  const from = ownersPlace(world, session)
  if (variant === 'application') {
    const at = world.now()
    const events = [acceptAtApplication(world, session, from, 'archive')]
    return { at, events, result: 'breach', observer: 'application' }
  }
  const answer = await refresh(world, session, from)
  if (answer.status === 'unavailable' || answer.eventId === '') return undefined
  const result = answer.status === 'refreshed' ? 'breach' : 'attempt'
  return { at: answer.at, events: [answer.eventId], result, observer: 'idp' }
}

/** A session expires, and an application that never looks at expiry accepts it later. */
export async function useAfterExpiry(world: World, lapseMs: number): Promise<boolean> {
  const soon = world.now() + world.pace.wireMs(4 * hourMs)
  const session = findSession(
    world,
    ({ plan, expiresAt }) => plan.kind === 'online' && expiresAt < soon,
  )
  if (session === undefined) return false
  reserve(session)
  const wait = session.expiresAt - world.now() + world.random.between(lapseMs, 1.5 * lapseMs)
  later(world, Math.round(wait), async () => {
    session.actor.busy = false
    const at = world.now()
    const events = [acceptAtApplication(world, session, ownersPlace(world, session), 'archive')]
    world.counts.usesAfterExpiry += 1
    writePlant(world, 'use_after_expiry', session, {
      at,
      events,
      notes: { ms_after_expiry: at - session.expiresAt },
    })
  })
  return true
}

function reserve(session: CompanySession): void {
  session.reserved = true
  session.watched = true
  session.actor.busy = true
}

/** The story is about when a session is used, so where it is used from must raise no question. */
function ownersPlace(world: World, session: CompanySession) {
  const { actor, device } = session
  // In the air there is only the phone's gateway, whose place nobody judges.
  return seenFrom(world, whereIs(world, actor, device) ?? actor.networks.mobile, device)
}

function writePlant(
  world: World,
  kind: Exclude<PlantedKind, 'survivor'>,
  session: CompanySession,
  { at, events, notes }: Pick<PlantedTruth, 'events' | 'notes'> & { readonly at: number },
): void {
  writeTruth(world, {
    kind,
    id: nameOf(world, kind),
    session: truthOf(world, session),
    subject: session.actor.id,
    at: timeText(at),
    expect: { detector: expectedDetector[kind] },
    events,
    notes,
  })
}

/** What became of the sessions that were left alive, as far as anybody can find out by trying. */
export interface Probe {
  readonly alive: readonly SessionTruth[]
  readonly refused: readonly SessionTruth[]
}

/** Tries every session left alive, as its owner would. The ledger learns which are refused. */
export async function probeSurvivors(world: World): Promise<Probe> {
  const alive: SessionTruth[] = []
  const refused: SessionTruth[] = []
  for (const session of [...world.held.all()].filter(({ left }) => left !== 'no')) {
    const answer = await refresh(world, session, ownersPlace(world, session))
    if (answer.status === 'refreshed') alive.push(truthOf(world, session))
    if (answer.status === 'refused') refused.push(truthOf(world, session))
  }
  return { alive, refused }
}
