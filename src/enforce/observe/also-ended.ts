import type { SessionKind } from '../../contract/event-words.ts'
import { sessionKey } from '../../contract/identity.ts'
import { makePause } from '../../contract/pause.ts'
import type { Policy } from '../../contract/policy.ts'
import type { Ask } from '../../contract/ports.ts'
import { text } from '../../contract/read-row.ts'
import type { Regard } from '../../verdict/assess.ts'
import { regard } from '../../verdict/assess.ts'
import type { Know } from '../../verdict/session-facts.ts'
import { demandOf, lifeNameOf } from '../orders/demand.ts'
import type { Ledger } from '../orders/order-log.ts'
import type { Capabilities } from '../provider-kit/provider.ts'
import type { LifeName } from '../session/session-key.ts'
import { shownName, wouldShow } from './lister.ts'
import type { Shown } from './shown-lists.ts'

/** A session that the call for the end of another one ends with it. */
export interface AlsoEnded {
  readonly life: LifeName
  /** Kind and id, as people are shown it. */
  readonly name: string
  /** Whether it may be ended for its own sake, unasked. */
  readonly condemned: boolean
}

/** What would be lost: what it is called for is known, and of the rest what is alive. */
export type AlsoEndedOf = (
  capabilities: Capabilities,
  regarded: Regard,
  /** The newest complete list of the subject, which knows best what lives. */
  listed: Shown | undefined,
) => Promise<readonly AlsoEnded[]>

/** Facts that are weighed before others have a turn. */
const unitsAtOnce = 5_000

const ofSubject = `
select session_id
from sessions
where tenant = {tenant:String} and instance = {instance:String} and subject_ref = {ref:String}
group by session_id
limit 5000`

/**
 * Works out what a call would end besides its target, before it is made. A session whose end was
 * reported, or that a complete list does not show, is nobody's loss.
 */
export function makeAlsoEnded({
  ask,
  know,
  ledger,
  policy,
}: {
  readonly ask: Ask
  readonly know: Know
  readonly ledger: Ledger
  readonly policy: Policy
}): AlsoEndedOf {
  return async ({ alsoEnds }, regarded, listed) => {
    const { tenant, instance, sessionId, sessionKind, subjectRef } = regarded.known
    const reach = alsoEnds[sessionKind] ?? 'nothing'
    if (reach === 'nothing') return []
    const rows =
      reach === 'subject' ? await ask(ofSubject, { tenant, instance, ref: subjectRef }) : []
    const ids = reach === 'subject' ? rows.map((row) => text(row, 'session_id')) : [sessionId]
    const own = sessionKey(regarded.known)
    const reached = (kind: SessionKind): boolean => reach === 'subject' || kind === 'online'
    const others = [...(await know(tenant, instance, ids))].filter(
      ([key, known]) => key !== own && reached(known.sessionKind),
    )
    const ended: AlsoEnded[] = []
    const pause = makePause(unitsAtOnce)
    for (const [, known] of others) {
      await pause(1 + known.pairs.length + known.refusals.length)
      const life = regard(known, policy.timing.clockUncertaintyMs).at(-1)
      if (!life || !isAlive(life, listed)) continue
      const name = shownName(known.sessionKind, known.sessionId)
      const approved = (ledger.openOf(lifeNameOf(life))?.approvedBy ?? '') !== ''
      ended.push({ life: lifeNameOf(life), name, condemned: approved || mayBeEnded(life) })
    }
    return ended
  }
}

function isAlive(
  { known, isEndReported, createdAt, firstSeenAt }: Regard,
  listed: Shown | undefined,
): boolean {
  if (isEndReported) return false
  const name = shownName(known.sessionKind, known.sessionId)
  if (listed === undefined || !wouldShow(listed, name)) return true
  // One that is younger than the list could not be shown by it.
  return (createdAt ?? firstSeenAt) >= listed.startedAt || listed.names.has(name)
}

function mayBeEnded(life: Regard): boolean {
  const demand = demandOf(life)
  return demand?.mode === 'enforce' && demand.mayAct && demand.certainty === 'certain'
}

/** The names of all, and of those that nothing condemns; sorted. */
export function namesOf(ended: readonly AlsoEnded[]) {
  return {
    alsoEnds: ended.map(({ name }) => name).sort(),
    bystanders: ended
      .filter(({ condemned }) => !condemned)
      .map(({ name }) => name)
      .sort(),
  }
}
