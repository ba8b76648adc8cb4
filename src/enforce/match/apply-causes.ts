import type { Cause } from '../../contract/cause.ts'
import type { Condemn, Curfew, SessionLifespan } from '../../contract/curfew.ts'
import { sessionKey } from '../../contract/identity.ts'
import { askInPages, bytesOf, pagesBy } from '../../contract/in-pages.ts'
import { makePause } from '../../contract/pause.ts'
import type { Policy } from '../../contract/policy.ts'
import type { Append, Ask, Clock } from '../../contract/ports.ts'
import { sessionKindOf, text } from '../../contract/read-row.ts'
import { curfewRow } from '../../contract/rows.ts'
import type { Assessment } from '../../verdict/assess.ts'
import { assess } from '../../verdict/assess.ts'
import type { Pair } from '../../verdict/curfew-pairs.ts'
import type { LoadFacts, SessionFacts } from '../../verdict/session-facts.ts'
import type { Tie } from '../session/scope-index.ts'
import { edgeOf, makeScope } from '../session/scope-index.ts'
import type { Exemption, VoidExemptions } from './exemption.ts'

/**
 * Applies causes to a page of sessions of one instance and appends the missing curfew pairs.
 * Returns the appended ones. At most 5,000 session ids and 5,000 causes.
 */
export type ApplyCauses = (
  page: {
    readonly tenant: string
    readonly instance: string
    readonly sessionIds: readonly string[]
  },
  causes: readonly Cause[],
) => Promise<readonly Curfew[]>

const ties = `
select edge, value, toString(session_kind) as kind, session_id
from session_edges as e
where tenant = {tenant:String} and instance = {instance:String}
  and edge in {edges:Array(String)} and value in {values:Array(String)}
  and session_id in {ids:Array(String)}
group by edge, value, session_kind, session_id
having tupleElement(max(e.joined), 2)`

/** Pairs assessed before the event loop continues. */
const unitsAtOnce = 1_000
/** Pairs that are written at once. */
const rowsAtOnce = 5_000

export function makeApplyCauses({
  ask,
  append,
  loadFacts,
  voidExemptions,
  condemn,
  policy,
  clock,
}: {
  readonly ask: Ask
  readonly append: Append
  readonly loadFacts: LoadFacts
  readonly voidExemptions: VoidExemptions
  readonly condemn: Condemn
  readonly policy: Policy
  readonly clock: Clock
}): ApplyCauses {
  return async ({ tenant, instance, sessionIds }, causes) => {
    if (sessionIds.length === 0 || causes.length === 0) return []
    const known = await loadFacts(tenant, instance, sessionIds)
    const tied = await tiesOf(ask, { tenant, instance, sessionIds }, causes)
    const inScope = makeScope(causes)
    const curfews: Curfew[] = []
    const at = clock.now()
    const pause = makePause(unitsAtOnce)
    const saidIn = new Map<readonly Pair[], StoredPairs>()
    const judge = (life: Assessment, cause: Cause, suspected: boolean, said: StoredPairs): void => {
      const by = life.facts.namedByEvent ? 'sweep' : 'listing'
      const curfew = condemn(cause, sessionOf(life, suspected), { by, at })
      if (curfew && addsPair(said, curfew)) curfews.push(curfew)
    }
    let written = 0
    const write = async (): Promise<void> => {
      const some = curfews.slice(written)
      written = curfews.length
      await append('curfews', some.map(curfewRow))
    }
    const lifeIn = new Map<Exemption, Assessment>()
    for (const [key, each] of known) {
      const said = storedPairsOf(each)
      saidIn.set(each.pairs, said)
      for (const life of assess(each, policy.timing.clockUncertaintyMs)) {
        const { facts: session } = life
        const reaching = inScope(session, tied.get(key) ?? [])
        for (const cause of reaching) {
          if (cause.exemptSessionId !== session.sessionId) judge(life, cause, false, said)
          else lifeIn.set({ session, cause }, life)
        }
        await pause(reaching.length + each.pairs.length)
        if (curfews.length - written >= rowsAtOnce) await write()
      }
    }
    for (const each of await voidExemptions([...lifeIn.keys()])) {
      const life = lifeIn.get(each)
      const said = life && saidIn.get(life.facts.pairs)
      if (life && said) judge(life, each.cause, true, said)
      await pause()
    }
    await write()
    return curfews
  }
}

/** Ties of the sessions to the scopes of the causes, in one statement. */
async function tiesOf(
  ask: Ask,
  page: Parameters<ApplyCauses>[0],
  causes: readonly Cause[],
): Promise<ReadonlyMap<string, readonly Tie[]>> {
  const found = new Map<string, Tie[]>()
  const edges = new Set<string>()
  const values = new Set<string>()
  for (const { scopeKind, scopeId } of causes) {
    if (scopeKind === 'subject' || scopeKind === 'session' || scopeId === '') continue
    edges.add(edgeOf[scopeKind])
    values.add(scopeId)
  }
  if (values.size === 0) return found
  const { tenant, instance, sessionIds } = page
  for (const some of pagesBy([...values], bytesOf)) {
    const about = { tenant, instance, edges: [...edges], values: some }
    for (const row of await askInPages(ask, ties, 'ids', sessionIds, about)) {
      const sessionKind = sessionKindOf(text(row, 'kind'))
      const key = sessionKey({ tenant, instance, sessionKind, sessionId: text(row, 'session_id') })
      const list = found.get(key) ?? []
      found.set(key, list)
      list.push({ edge: text(row, 'edge'), value: text(row, 'value') })
    }
  }
  return found
}

function sessionOf(
  { facts, incarnation, createdAt, firstSeenAt, endedAt }: Assessment,
  suspect: boolean,
): SessionLifespan {
  const { tenant, instance, sessionKind, sessionId, subjectRef } = facts
  return {
    tenant,
    instance,
    sessionKind,
    sessionId,
    incarnation,
    subjectRef,
    createdAt,
    firstSeenAt,
    endedAt,
    suspect,
  }
}

/** The stored pairs of a session, by curfew and cause. */
type StoredPairs = ReadonlyMap<string, readonly Pair[]>

function storedPairsOf({ pairs }: SessionFacts): StoredPairs {
  return Map.groupBy(pairs, ({ curfewId, causeId }) => `${curfewId} ${causeId}`)
}

/**
 * Whether the store lacks the pair. A pair that may act, or that has a subject the stored ones
 * lack, is appended again: only then can it lead to an order.
 */
function addsPair(said: StoredPairs, { curfewId, causeId, mayAct, subjectRef }: Curfew): boolean {
  const pairs = said.get(`${curfewId} ${causeId}`) ?? []
  return !pairs.some(
    (pair) => (pair.mayAct || !mayAct) && (pair.subjectRef !== '' || subjectRef === ''),
  )
}
