import type { EndFacts } from '../../contract/deaths.ts'
import { contractRule, endedOf, proofsOf, ruleFrom } from '../../contract/deaths.ts'
import { greatestOf } from '../../contract/extremes.ts'
import type { Cell, Row } from '../../contract/ports.ts'

/**
 * All facts about the ends of some sessions, for the inventory; `contract/deaths.ts` assesses them.
 * Parameters: tenant, ids, now. Instants are ms. At most a thousand of each kind are read, plus the latest
 * of the kinds that can be numerous.
 */
const ms = (column: string) => `toUnixTimestamp64Milli(${column})`
const some = (when: string) => `groupUniqArrayIf(1000)(${ms('at')}, ${when})`
const andYoungest = (when: string) =>
  `arrayPushBack(groupArraySortedIf(1000)(${ms('at')}, ${when}), maxIf(${ms('at')}, ${when}))`

export const endFacts = `
with
  rules as
  (
    select instance,
      argMin((absence, read, own_end, other_end, refusal, apart_ms),
        (at > {now:DateTime64(3)}, abs(dateDiff('millisecond', at, {now:DateTime64(3)})),
          -toUnixTimestamp64Milli(recorded_at))) as rule
    from proof_rules
    where tenant = {tenant:String}
    group by instance
  )
select
  f.instance as instance, f.session_kind as session_kind, f.session_id as session_id,
  f.gone as gone, f.times as times, any(p.rule) as rule,
  assumeNotNull((
    select if(count() = 0, 5000, argMin(clock_uncertainty_ms,
      (at > {now:DateTime64(3)}, abs(dateDiff('millisecond', at, {now:DateTime64(3)})))))
    from timing)) as uncertainty_ms
from
(
  select
    instance, session_kind, session_id,
    groupUniqArrayIf(1000)((${ms('at')}, toString(means)), level = 'E2') as gone,
    [${some("level = 'E0'")},
      ${some("level = 'E1' and means != 'nothing_left'")},
      ${some("level = 'E1' and means = 'nothing_left'")},
      ${andYoungest("level = 'E3'")},
      ${andYoungest("level = 'E4'")},
      [maxIf(${ms('at')}, level = 'alive' and means in ('listing', ''))],
      [maxIf(${ms('at')}, level = 'alive' and means not in ('listing', ''))]] as times
  from
  (
    select instance, session_kind, session_id, at, toString(level) as level, toString(means) as means
    from evidence
    where tenant = {tenant:String} and session_id in {ids:Array(String)}
    union all
    select instance, session_kind, session_id, occurred_at, if(fact = 'refused_dead', 'E4', 'E3'), ''
    from session_facts
    where tenant = {tenant:String} and fact != 'created' and session_id in {ids:Array(String)}
  )
  group by instance, session_kind, session_id
) as f
left join rules as p on f.instance = p.instance
group by instance, session_kind, session_id, gone, times`

/** Further facts of a session; instants in ms, 0 where there is none. */
export interface LastIncarnation {
  /** Begin of the current incarnation, if the id was used again. */
  readonly bornAt: number
  /** Last proof of life, sign-ins included. */
  readonly aliveAt: number
  readonly usedAt: number
  readonly listedAt: number
}

/** The end of a session that was reported after its last proof of life. */
export interface ReportedEnd {
  readonly level: string
  readonly at: number
  readonly isProof: boolean
}

/** When a list that includes it, or a read, last showed the session alive; 0 for never. */
export function shownAt(row: Row | undefined): number {
  return greatestOf(timesOf(row).slice(-2).flat()) ?? 0
}

/** The latest proof of a session's death, else the latest reported end; undefined without any. */
export function reportedEnd(row: Row | undefined, life: LastIncarnation): ReportedEnd | undefined {
  if (row === undefined) return undefined
  const facts = factsOf(row, life)
  const span = { from: life.bornAt, until: Number.POSITIVE_INFINITY }
  const ended = endedOf(facts, span, life.aliveAt, Number(row.uncertainty_ms))
  const proof = youngest(proofsOf(ended, Number.NEGATIVE_INFINITY))
  if (proof) return { ...proof, isProof: true }
  const word = youngest(ended.deaths)
  return word && { level: word.level, at: word.at, isProof: false }
}

function youngest<Each extends { readonly at: number }>(some: readonly Each[]): Each | undefined {
  return some.toSorted((one, other) => one.at - other.at).at(-1)
}

function factsOf(row: Row, { usedAt, listedAt }: LastIncarnation): EndFacts {
  const times = timesOf(row)
  const [calls = [], acknowledged = [], nothingLeft = [], ends = [], refusals = [], ...shown] =
    times
  const [listing = [], read = []] = shown
  const [word] = listOf(row.rule)
  return {
    rule: word === '' ? contractRule : ruleFrom(row.rule),
    ...{ calls, acknowledged, nothingLeft, ends, refusals },
    gone: listOf(row.gone).map((each) => {
      const [at, means] = listOf(each)
      return { at: Number(at), means: String(means) || 'listing' }
    }),
    usedAts: usedAt === 0 ? [] : [usedAt],
    shownAts: { listing: [greatestOf([...listing, listedAt]) ?? 0], read },
  }
}

function timesOf(row: Row | undefined): readonly (readonly number[])[] {
  return listOf(row?.times).map((each) =>
    listOf(each)
      .map(Number)
      .filter((at) => at > 0),
  )
}

function listOf(cell: Cell | undefined): readonly Cell[] {
  return Array.isArray(cell) ? cell : []
}
