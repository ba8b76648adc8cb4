import type { CauseClass } from '../contract/cause.ts'
import type { ScopeKind } from '../contract/event-words.ts'
import { revoke, subjectOf } from './actions.ts'
import type { CompanySession } from './company-sessions.ts'
import { makeDevice } from './devices.ts'
import type { CauseEvent } from './idp/idp.ts'
import { isInScope, scopeOf } from './idp/scope.ts'
import { secondMs } from './pace.ts'
import type { Actor } from './people.ts'
import { inTurn } from './people.ts'
import { beginAgent, beginPerson, keepUsing } from './routine.ts'
import type { CauseTruth } from './truth.ts'
import type { World } from './world.ts'
import { endedBy, later, nameOf, timeText, truthOf, writeTruth } from './world.ts'

/** A sort of thing that condemns sessions, and how often it happens. */
export interface CauseKind {
  readonly type: CauseEvent['type']
  readonly class: CauseClass
  readonly weight: number
  /** Done by the person, from a session of theirs, which is spared. */
  readonly own?: true
  /** The person goes, and with them what was delegated to their agents. */
  readonly gone?: true
  readonly delegated?: true
}

export const causeKinds: readonly CauseKind[] = [
  { type: 'credential.reset', class: 'credential_reset', weight: 30 },
  { type: 'credential.changed', class: 'credential_changed', weight: 14, own: true },
  { type: 'factor.changed', class: 'factor_changed', weight: 10, own: true },
  {
    type: 'subject.suspended',
    class: 'subject_suspended',
    weight: 8,
    gone: true,
    delegated: true,
  },
  {
    type: 'subject.offboarded',
    class: 'subject_offboarded',
    weight: 14,
    gone: true,
    delegated: true,
  },
  {
    type: 'membership.deactivated',
    class: 'membership_deactivated',
    weight: 6,
    delegated: true,
  },
  { type: 'access.reduced', class: 'access_reduced', weight: 6, delegated: true },
  { type: 'device.lost', class: 'device_lost', weight: 6 },
  { type: 'grant.revoked', class: 'grant_revoked', weight: 6 },
]

/** A session that a cause condemns, as the company's books have it. */
export interface Condemned {
  readonly session: CompanySession
  readonly via: 'scope' | 'delegation'
  readonly exempt: boolean
}

/** A cause that may happen: what will be told, and whom it would condemn now. */
export interface Draft {
  readonly kind: CauseKind
  readonly actor: Actor
  readonly told: CauseEvent
  readonly condemned: readonly Condemned[]
}

/** Words a cause of this kind would have for this actor; undefined when it cannot happen to them. */
export function draftCause(world: World, kind: CauseKind, actor: Actor): Draft | undefined {
  const told = wordsFor(world, kind, actor)
  if (told === undefined) return undefined
  return { kind, actor, told, condemned: condemnedNow(world, { kind, actor, told }) }
}

function agentsFor(world: World, { kind, actor }: Pick<Draft, 'kind' | 'actor'>) {
  return kind.delegated === true ? world.company.agentsOf(actor) : []
}

/** Whom it condemns, by the company's books as they are now. */
function condemnedNow(world: World, draft: Omit<Draft, 'condemned'>): readonly Condemned[] {
  const { told } = draft
  const now = world.now()
  const find = (who: Actor, via: Condemned['via']): readonly Condemned[] =>
    world.held
      .of(who, now)
      .filter((session) => isInScope(asScoped(session), told))
      .map((session) => ({ session, via, exempt: session.id === told.initiator?.session_id }))
  const delegated = agentsFor(world, draft).flatMap((agent) => find(agent, 'delegation'))
  return [...find(draft.actor, 'scope'), ...delegated]
}

function asScoped({ device, organizationId, actor }: CompanySession) {
  return {
    from: { device_id: device.id },
    ties: { organization_id: organizationId, grant_id: actor.grantId },
  }
}

function wordsFor(world: World, { type, own }: CauseKind, actor: Actor): CauseEvent | undefined {
  const { random } = world
  const subject = subjectOf(actor)
  const admin = { kind: 'admin', id: 'admin_console', client_id: 'admin-console' } as const
  if (own === true) {
    const online = world.held.of(actor, world.now()).filter(({ plan }) => plan.kind === 'online')
    if (online.length === 0) return undefined
    const session_id = random.pick(online).id
    return { type, subject, initiator: { kind: 'user', id: actor.id, session_id } }
  }
  if (type === 'credential.reset') {
    return random.chance(0.6)
      ? { type, subject, initiator: { kind: 'user', id: actor.id }, reason: 'password forgotten' }
      : { type, subject, initiator: admin, reason: 'account takeover suspected' }
  }
  if (type === 'device.lost') {
    const lost = random.pick(actor.devices)
    const scope = { kind: 'device', id: lost.id } as const
    return { type, subject, initiator: admin, scope, from: { device_id: lost.id } }
  }
  if (type === 'grant.revoked') {
    const scope = { kind: 'grant', id: actor.grantId } as const
    return { type, subject, initiator: admin, scope, ties: { grant_id: actor.grantId } }
  }
  if (type === 'membership.deactivated' || type === 'access.reduced') {
    if (type === 'membership.deactivated' && actor.organizations.length < 2) return undefined
    const ties = { organization_id: random.pick(actor.organizations) }
    return { type, subject, initiator: admin, ties }
  }
  return { type, subject, initiator: admin }
}

/**
 * Lets a cause happen. Sessions that `leaves` names survive it; the others an administrator ends
 * within two seconds, as a careful company does. Gives the sessions left alive.
 */
export async function bringAbout(
  world: World,
  draft: Draft,
  leaves: (condemned: Condemned) => CompanySession['left'],
): Promise<readonly CompanySession[]> {
  const { kind, actor, told } = draft
  const { answer, condemned } = await inTurn([actor, ...agentsFor(world, draft)], async () => ({
    // Somebody may have logged in since the draft was made.
    condemned: condemnedNow(world, draft),
    answer: await world.idp.tell(told),
  }))
  if (answer.status !== 'told') {
    world.counts.unavailable += 1
    return []
  }
  world.counts.causes += 1
  const alive = condemned.filter(({ session }) => session.expiresAt > answer.at)
  const ended = new Set(answer.ended)
  for (const one of alive) {
    one.session.watched = true
    one.session.left = one.exempt || ended.has(one.session.id) ? 'no' : leaves(one)
  }
  const id = nameOf(world, 'cause')
  writeTruth(world, causeTruth(world, id, draft, alive, answer))
  const left = alive.filter(({ session }) => session.left !== 'no').map(({ session }) => session)
  for (const session of left) {
    writeSurvivor(world, session, kind, { ...answer, id })
    // Its owner may have stopped using it for today, or for good.
    if (session.left === 'active') keepUsing(world, session)
  }
  for (const { session, exempt } of alive) {
    if (ended.has(session.id)) endedBy(world, session, 'provider', answer.at)
    else if (!exempt && session.left === 'no') cleanUp(world, session, kind.class)
  }
  followUp(world, kind, actor, told)
  return left
}

/** An administrator ends a session soon, and tries again until the provider answers. */
function cleanUp(world: World, session: CompanySession, reason: CauseClass): void {
  session.doomed = true
  later(world, world.random.whole(200, 2 * secondMs), async () => {
    if (!session.alive) return
    const answered = await revoke(world, session, { reason })
    if (!answered && session.alive) cleanUp(world, session, reason)
  })
}

interface ToldAt {
  readonly at: number
  readonly eventId: string
}

function causeTruth(
  world: World,
  id: string,
  { kind, actor, told }: Draft,
  alive: readonly Condemned[],
  { at, eventId }: ToldAt,
): CauseTruth {
  const scope: { kind: ScopeKind; id?: string } = scopeOf(told)
  return {
    kind: 'cause',
    id,
    class: kind.class,
    at: timeText(at),
    event_id: eventId,
    subject: actor.id,
    scope,
    sessions: alive.map(({ session, via, exempt }) => ({
      ...truthOf(world, session),
      subject: session.actor.id,
      created_at: timeText(session.createdAt),
      expires_at: timeText(session.expiresAt),
      confirmed_at: timeText(session.confirmedAt),
      via,
      exempt,
      left: session.left,
    })),
  }
}

function writeSurvivor(
  world: World,
  session: CompanySession,
  kind: CauseKind,
  { at, eventId, id }: ToldAt & { readonly id: string },
): void {
  const idle = session.left === 'idle'
  if (idle) world.counts.survivorsIdle += 1
  else world.counts.survivorsActive += 1
  writeTruth(world, {
    kind: 'survivor',
    id: nameOf(world, 'survivor'),
    session: truthOf(world, session),
    subject: session.actor.id,
    cause: { class: kind.class, at: timeText(at), event_id: eventId, id },
    at: timeText(at),
    expect: { curfew: { class: kind.class } },
    events: [],
    notes: { variant: idle ? 'idle' : 'active', expires_at: timeText(session.expiresAt) },
  })
}

/** What a cause means for the company: people go and others come, devices are replaced. */
function followUp(world: World, kind: CauseKind, actor: Actor, told: CauseEvent): void {
  const { company, random } = world
  if (kind.gone === true) {
    actor.gone = true
    for (const agent of company.agentsOf(actor)) retireAgent(world, agent)
    company.strike(actor)
    beginPerson(world, company.hire())
  }
  if (told.type === 'grant.revoked') retireAgent(world, actor)
  if (told.type === 'device.lost') {
    const kept = actor.devices.filter((device) => device.id !== told.scope?.id)
    const sort = kept.some((device) => device.kind === 'laptop') ? 'handheld' : 'laptop'
    actor.devices = [...kept, makeDevice(random, sort)]
  }
  if (told.type === 'membership.deactivated') {
    actor.organizations = actor.organizations.filter((id) => id !== told.ties?.organization_id)
  }
}

function retireAgent(world: World, agent: Actor): void {
  if (agent.gone) return
  agent.gone = true
  const successor = world.company.replaceAgent(agent)
  if (successor !== undefined) beginAgent(world, successor)
}
