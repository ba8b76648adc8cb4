import type { SessionKind } from '../../contract/event-words.ts'
import { sessionKey } from '../../contract/identity.ts'
import { unlistedSessions } from '../../contract/order-step.ts'
import { makePause } from '../../contract/pause.ts'
import type { Policy } from '../../contract/policy.ts'
import type { Ask } from '../../contract/ports.ts'
import { text } from '../../contract/read-row.ts'
import type { Assessment } from '../../verdict/assess.ts'
import { assess } from '../../verdict/assess.ts'
import type { LoadFacts } from '../../verdict/session-facts.ts'
import { demandOf, incarnationOf } from '../orders/demand.ts'
import type { OrderLog } from '../orders/order-log.ts'
import type { OpenProvider } from '../provider-kit/provider.ts'
import type { IncarnationKey } from '../session/session-key.ts'
import { sessionLabel, wouldShow } from './lister.ts'
import type { ListSnapshot } from './recent-lists.ts'

/** A session that the call for the end of another one ends with it. */
export interface AlsoEnded {
  /** Undefined for `unlistedSessions`. */
  readonly life: IncarnationKey | undefined
  /** Kind and id, as people are shown it. */
  readonly name: string
  /** Whether it may be ended for its own sake, unasked. */
  readonly condemned: boolean
}

/** Determines the further sessions that a call would end. */
export type AlsoEndedOf = (
  provider: Pick<OpenProvider, 'capabilities' | 'list'>,
  assessment: Assessment,
  /** The newest complete list of the subject. */
  listed: ListSnapshot | undefined,
) => Promise<readonly AlsoEnded[]>

/** Facts assessed before the event loop continues. */
const unitsAtOnce = 5_000

const ofSubject = `
select session_id
from sessions
where tenant = {tenant:String} and instance = {instance:String} and subject_ref = {ref:String}
group by session_id
limit 5000`

/**
 * Determines before a call which other sessions it would end. A session whose end was reported, or
 * that a complete list does not show, does not count. Where the call ends all sessions of the
 * subject and none can be listed, sessions that no event named count too; policy decides whether a person is asked.
 */
export function makeAlsoEnded({
  ask,
  loadFacts,
  orderLog,
  policy,
}: {
  readonly ask: Ask
  readonly loadFacts: LoadFacts
  readonly orderLog: OrderLog
  readonly policy: Policy
}): AlsoEndedOf {
  return async ({ capabilities: { alsoEnds }, list }, assessment, listed) => {
    const { tenant, instance, sessionId, sessionKind, subjectRef } = assessment.facts
    const reach = alsoEnds[sessionKind] ?? 'nothing'
    if (reach === 'nothing') return []
    const rows =
      reach === 'subject' ? await ask(ofSubject, { tenant, instance, ref: subjectRef }) : []
    const ids = reach === 'subject' ? rows.map((row) => text(row, 'session_id')) : [sessionId]
    const own = sessionKey(assessment.facts)
    const reached = (kind: SessionKind): boolean => reach === 'subject' || kind === 'online'
    const others = [...(await loadFacts(tenant, instance, ids))].filter(
      ([key, known]) => key !== own && reached(known.sessionKind),
    )
    const ended: AlsoEnded[] = []
    if (reach === 'subject' && list === undefined) {
      const condemned = policy.guards.unlistedEnds === 'allow'
      ended.push({ life: undefined, name: unlistedSessions, condemned })
    }
    const pause = makePause(unitsAtOnce)
    for (const [, known] of others) {
      await pause(1 + known.pairs.length + known.refusals.length)
      const life = assess(known, policy.timing.clockUncertaintyMs).at(-1)
      if (!life || !isAlive(life, listed)) continue
      const name = sessionLabel(known.sessionKind, known.sessionId)
      const approved = (orderLog.openOf(incarnationOf(life))?.approvedBy ?? '') !== ''
      ended.push({ life: incarnationOf(life), name, condemned: approved || mayBeEnded(life) })
    }
    return ended
  }
}

function isAlive(
  { facts, isEndReported, createdAt, firstSeenAt }: Assessment,
  listed: ListSnapshot | undefined,
): boolean {
  if (isEndReported) return false
  const name = sessionLabel(facts.sessionKind, facts.sessionId)
  if (listed === undefined || !wouldShow(listed, name)) return true
  // One that is younger than the list could not be shown by it.
  return (createdAt ?? firstSeenAt) >= listed.startedAt || listed.names.has(name)
}

function mayBeEnded(life: Assessment): boolean {
  const demand = demandOf(life)
  return demand?.mode === 'enforce' && demand.mayAct && demand.certainty === 'certain'
}

/** The labels of all, and of those without a condemning curfew; sorted. */
export function namesOf(ended: readonly AlsoEnded[]) {
  return {
    alsoEnds: ended.map(({ name }) => name).sort(),
    bystanders: ended
      .filter(({ condemned }) => !condemned)
      .map(({ name }) => name)
      .sort(),
  }
}
