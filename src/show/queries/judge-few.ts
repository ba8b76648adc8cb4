import { greatestOf } from '../../contract/extremes.ts'
import type { Ask } from '../../contract/ports.ts'
import type { CurfewFacts } from '../../verdict/curfew-facts.ts'
import { noCurfewFacts, pairKey, readCurfewFacts, usesMax } from '../../verdict/curfew-facts.ts'
import { instantsMax } from '../../verdict/incarnations.ts'
import type { SessionFacts } from '../../verdict/session-facts.ts'
import { makeLoadFacts } from '../../verdict/session-facts.ts'
import type { CurfewEntry } from './curfews.ts'
import { judgeOne } from './judge-one.ts'

/** The view reads at most this many deaths per session: the oldest, and the latest refusal. */
const deathsMax = 1_000
/** Sessions of several instances take one query per instance. */
const instancesMax = 4
/** For more sessions the view is faster. */
export const fewMax = 300

/** Sessions of a tenant: ids by instance. */
export interface FewSessions {
  readonly ask: Ask
  readonly tenant: string
  readonly sessions: readonly { readonly instance: string; readonly id: string }[]
  /** ms since the epoch. */
  readonly asOf: number
}

/**
 * The curfews of a few sessions as judged at an instant. The engine takes a third of a second to prepare the
 * view `verdicts`, however few sessions are selected; this takes a tenth of that.
 *
 * @returns undefined where only the view can judge: an id that was used again, more facts than are read,
 * or facts from after the instant.
 * @throws CurfewError as `ask`.
 */
export async function judgeFew({
  ask,
  tenant,
  sessions,
  asOf,
}: FewSessions): Promise<readonly CurfewEntry[] | undefined> {
  const byInstance = Map.groupBy(sessions, ({ instance }) => instance)
  if (byInstance.size > instancesMax || sessions.length > fewMax) return undefined
  const entries: CurfewEntry[] = []
  const know = makeLoadFacts(ask)
  for (const [instance, some] of byInstance) {
    const ids = [...new Set(some.map(({ id }) => id))]
    const [{ facts, inForce }, known] = await Promise.all([
      readCurfewFacts({ ask, tenant, instance, ids, asOf }),
      know(tenant, instance, ids),
    ])
    // The pair was recorded between the two queries.
    if ([...facts].some(([key, { pairs }]) => pairs.length > 0 && !known.has(key))) return undefined
    for (const [key, session] of known) {
      const fact = facts.get(key) ?? noCurfewFacts
      if (fact.pairs.length + session.pairs.length === 0) continue
      if (!isComplete(session, fact, asOf)) return undefined
      const { rule, uncertaintyMs } = inForce
      const judged = judgeOne({ ...session, rule }, fact, { asOf, uncertaintyMs })
      for (const entry of judged) entries.push(entry)
    }
  }
  return entries
}

/** Whether both queries read all facts of the session's only incarnation, and none from after the instant. */
function isComplete(known: SessionFacts, facts: CurfewFacts, asOf: number): boolean {
  const { creations, ends, refusals, calls, acknowledged, nothingLeft, aliveAts, usedAts } = known
  const { idpUses, appUses, pairs } = facts
  if (known.incarnations.length > 0) return false
  const gone = known.gone.map(({ at }) => at)
  const lists = [creations, ends, calls, acknowledged, nothingLeft, gone]
  if (lists.some(({ length }) => length >= instantsMax)) return false
  // The view keeps the oldest deaths; the number of uses read is bounded, too.
  if (ends.length + gone.length + refusals.length >= deathsMax) return false
  if (Math.max(idpUses.length, appUses.length) >= usesMax) return false
  // Facts that were recorded between the two queries, or replaced after the instant.
  if ((greatestOf(idpUses) ?? 0) > (greatestOf(usedAts) ?? 0)) return false
  const told = new Set(pairs.map(pairKey))
  const both = new Set(known.pairs.filter(({ incarnation }) => incarnation === 0).map(pairKey))
  if (told.size !== both.size || [...both].some((name) => !told.has(name))) return false
  const all = [...lists, refusals, aliveAts, idpUses, appUses]
  return all.every((instants) => (greatestOf(instants) ?? 0) <= asOf)
}
