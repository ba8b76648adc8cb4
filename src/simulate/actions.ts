import type { SessionEventV1 } from '../contract/session-event-v1.ts'
import type { CompanySession } from './company-sessions.ts'
import type { Device } from './devices.ts'
import type { Plan } from './habits.ts'
import { networkFor } from './habits.ts'
import type { Circumstances, Initiator, RefreshAnswer, Subject } from './idp/idp.ts'
import type { Network } from './networks.ts'
import { dayMs } from './pace.ts'
import type { Actor } from './people.ts'
import { inTurn } from './people.ts'
import { cityAt } from './travel.ts'
import type { World } from './world.ts'
import { endedBy, later, nameOf, post, timeText, truthOf, writeTruth } from './world.ts'

/** Actions on a session: log in, use, refresh, log out, revoke. */

/** The network an actor is on now, undefined while they are in the air. */
export function whereIs(world: World, actor: Actor, device: Device): Network | undefined {
  const city = cityAt(actor.home, actor.trips, world.now())
  if (city === undefined) return undefined
  return networkFor(world.random, actor, device, city, world.pace.lifeAt(world.now()))
}

export function seenFrom(world: World, network: Network, device: Device): Circumstances {
  return {
    ip: network.addressOn(Math.floor(world.pace.lifeAt(world.now()) / dayMs)),
    user_agent: device.userAgent,
    device_id: device.id,
    client_fingerprint: device.fingerprint,
    place: network.place,
    network: network.network,
  }
}

export function subjectOf(actor: Actor): Subject {
  return {
    id: actor.id,
    ...(actor.kind === 'user' ? {} : { kind: actor.kind }),
    ...(actor.email === '' ? {} : { email: actor.email }),
    ...(actor.onBehalfOf === '' ? {} : { on_behalf_of: actor.onBehalfOf }),
  }
}

/** Creates a session at the provider; undefined when it was refused or the actor is away. */
export function logIn(
  world: World,
  actor: Actor,
  device: Device,
  plan: Plan,
): Promise<CompanySession | undefined> {
  return inTurn([actor], () => logInNow(world, actor, device, plan))
}

async function logInNow(
  world: World,
  actor: Actor,
  device: Device,
  plan: Plan,
): Promise<CompanySession | undefined> {
  const network = whereIs(world, actor, device)
  if (network === undefined || actor.gone) return undefined
  const organizationId = world.random.pick(actor.organizations)
  const answer = await world.idp.create({
    subject: subjectOf(actor),
    kind: plan.kind,
    expiresAt: world.now() + world.pace.wireMs(plan.lastsMs),
    from: seenFrom(world, network, device),
    ties: {
      auth_method: plan.authMethod,
      organization_id: organizationId,
      ...(actor.grantId === '' ? {} : { grant_id: actor.grantId }),
    },
  })
  if (answer.status !== 'created') {
    if (answer.status === 'unavailable') world.counts.unavailable += 1
    return undefined
  }
  const session: CompanySession = {
    id: answer.id,
    actor,
    device,
    organizationId,
    plan,
    createdAt: answer.createdAt,
    expiresAt: answer.expiresAt,
    usedUntil: answer.createdAt + world.pace.wireMs(plan.usedForMs),
    tokens: answer.tokens,
    confirmedAt: answer.createdAt,
    lastUse: { at: answer.createdAt, network },
    turn: 0,
    alive: true,
    watched: false,
    left: 'no',
    doomed: false,
    reserved: false,
  }
  world.held.add(session)
  world.counts.sessions += 1
  later(world, session.expiresAt - world.now(), async () =>
    endedBy(world, session, 'expiry', session.expiresAt),
  )
  return session
}

export type UseResult =
  | { readonly status: 'accepted'; readonly at: number; readonly eventIds: readonly string[] }
  | { readonly status: 'refused' | 'unavailable' }

const applications = ['billing', 'calendar', 'code', 'crm', 'mail', 'tickets'] as const

/**
 * Opens an application with a session. The application accepts any access token that has not
 * expired, without asking the provider; when it has expired, the provider is asked for another.
 */
export async function use(
  world: World,
  session: CompanySession,
  from: Circumstances,
): Promise<UseResult> {
  const eventIds: string[] = []
  if (world.now() >= session.tokens.accessExpiresAt) {
    const answer = await refresh(world, session, from)
    if (answer.status !== 'refreshed') return { status: answer.status }
    eventIds.push(answer.eventId)
  }
  const at = world.now()
  eventIds.push(acceptAtApplication(world, session, from, world.random.pick(applications)))
  return { status: 'accepted', at, eventIds }
}

/** An application accepts what it was shown, and says so. Gives the event's id. */
export function acceptAtApplication(
  world: World,
  session: CompanySession,
  from: Circumstances,
  applicationId: string,
): string {
  const event: SessionEventV1 = {
    version: 1,
    id: nameOf(world, 'app'),
    type: 'session.used',
    occurred_at: timeText(world.now()),
    session: { id: session.id, kind: session.plan.kind },
    subject: subjectOf(session.actor),
    ...from,
    organization_id: session.organizationId,
    application_id: applicationId,
    token: {
      id: session.tokens.accessTokenId,
      family: session.id,
      kind: 'access',
      expires_at: timeText(session.tokens.accessExpiresAt),
    },
    outcome: { result: 'accepted', status: 200, observer: 'application' },
  }
  post(world, event)
  world.counts.uses += 1
  return event.id
}

/** Asks the provider for new tokens. Being refused is how the company learns of a death. */
export async function refresh(
  world: World,
  session: CompanySession,
  from: Circumstances,
): Promise<RefreshAnswer> {
  const answer = await world.idp.refresh(session.tokens.refreshToken, from)
  if (answer.status === 'refreshed') {
    session.tokens = answer.tokens
    session.confirmedAt = answer.at
    world.counts.uses += 1
  } else if (answer.status === 'unavailable') {
    world.counts.unavailable += 1
  } else {
    world.counts.refusals += 1
    if (world.held.end(session) && session.watched && answer.ended) {
      writeTruth(world, {
        kind: 'refused',
        session: truthOf(world, session),
        refused_at: timeText(answer.at),
        event_id: answer.eventId,
      })
    }
  }
  return answer
}

export async function logOut(world: World, session: CompanySession): Promise<void> {
  const answer = await world.idp.logOut(session.id)
  if (answer.status === 'ended') endedBy(world, session, 'logout', world.now())
  if (answer.status === 'unavailable') world.counts.unavailable += 1
}

const adminConsole: Initiator = { kind: 'admin', id: 'admin_console', client_id: 'admin-console' }

/** An administrator ends a session. 404 tells nothing about when it died, so it is not booked. */
export async function revoke(
  world: World,
  session: CompanySession,
  how: { readonly reason: string; readonly pretend?: boolean },
): Promise<boolean> {
  const answer = await world.idp.revoke(session.id, { initiator: adminConsole, ...how })
  if (answer.status === 'ended' && how.pretend !== true) {
    endedBy(world, session, 'admin', world.now())
  }
  if (answer.status === 'gone') world.held.end(session)
  if (answer.status === 'unavailable') world.counts.unavailable += 1
  return answer.status === 'ended'
}
