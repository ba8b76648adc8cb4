import { replacedIds } from '../contract/cause.ts'
import type { ProofRule } from '../contract/deaths.ts'
import { contractRule, ruleFrom } from '../contract/deaths.ts'
import { sessionKey } from '../contract/identity.ts'
import { askInPages } from '../contract/in-pages.ts'
import type { Ask, Row } from '../contract/ports.ts'
import { numberLists, sessionKindOf, text, texts } from './read-row.ts'

/** A curfew and one of its causes, as the copy tells it that may act, knows its subject, and came first. */
export interface ToldPair {
  readonly curfewId: string
  readonly class: string
  readonly causeId: string
  readonly deadlineAt: number
  readonly detectedAt: number
  readonly mode: string
  readonly mayAct: boolean
  readonly scopeKind: string
  readonly subjectRef: string
}

/** Names a curfew and one of its causes, alike in both statements. */
export const pairName = ({ curfewId, causeId }: Pick<ToldPair, 'curfewId' | 'causeId'>): string =>
  JSON.stringify([curfewId, causeId])

/** The last order of a session. */
export interface LastOrder {
  readonly orderId: string
  readonly state: string
  readonly reason: string
  readonly alsoEnds: readonly string[]
  /** When one was first on its way, or null. */
  readonly orderedAt: number | null
}

/** What an entry of a curfew says beside what the enforcer needs to know; instants in ms since the epoch. */
export interface CurfewFacts {
  readonly pairs: readonly ToldPair[]
  readonly order: LastOrder | null
  readonly expiresAt: number | null
  /** Accepted uses since the earliest cause, at the provider and by applications. */
  readonly idpUses: readonly number[]
  readonly appUses: readonly number[]
}

/** By what an instance's sessions are judged. */
export interface InForce {
  readonly rule: ProofRule
  readonly uncertaintyMs: number
}

/** So many uses of one session are read by each kind of observer; where there are more, not all are known. */
export const usesMax = 1_000

const here = 'tenant = {tenant:String} and instance = {instance:String}'
const ofSessions = `where ${here} and session_id in (select id from asked)`
const until = '<= {as_of:DateTime64(3)}'
const nearest = (most: string) =>
  `(at > {as_of:DateTime64(3)}, abs(dateDiff('millisecond', at, {as_of:DateTime64(3)})), ${most})`
const ms = (column: string) => `toUnixTimestamp64Milli(${column})`
const lists = 'Array(Array(Nullable(Int64)))'

const parts = [
  `select 'pair' as part, toString(session_kind) as kind, session_id as id,
    arrayConcat([curfew_id, toString(class), cause_id],
      argMin([toString(mode), toString(scope_kind), subject_ref, toString(toUInt8(may_act))],
        (not may_act, subject_ref = '', detected_at, row_commit))) as words,
    cast([[${ms('min(deadline_at)')}, ${ms('min(detected_at)')}]], '${lists}') as times
  from curfews ${ofSessions} and incarnation = 0 and detected_at ${until}
    and cause_id not in (${replacedIds(`${here} and at ${until}`)})
  group by session_kind, session_id, curfew_id, class, cause_id`,
  `select 'order', toString(session_kind), session_id,
    argMax(arrayConcat([order_id, toString(state), reason], also_ends), (epoch, at, seq)),
    cast([[minIf(toNullable(${ms('at')}), state = 'dispatching')]], '${lists}')
  from order_steps ${ofSessions} and incarnation = 0 and at ${until}
  group by session_kind, session_id`,
  `select 'session', toString(session_kind), session_id, cast([], 'Array(String)'),
    cast([[${ms('max(s.expires_at)')}]], '${lists}')
  from sessions as s ${ofSessions}
  group by session_kind, session_id`,
  `select 'uses', toString(session_kind), session_id, cast([], 'Array(String)'),
    cast([groupUniqArrayIf(${usesMax})(${ms('occurred_at')}, observer = 'idp'),
      groupUniqArrayIf(${usesMax})(${ms('occurred_at')}, observer != 'idp')], '${lists}')
  from session_uses ${ofSessions} and occurred_at > (select min(cause_at) from curfews ${ofSessions})
  group by session_kind, session_id`,
  `select 'rule', '', '', [r.1, r.2, r.3, r.4, r.5], cast([[toInt64(r.6)]], '${lists}')
  from
  (
    select argMin((toString(absence), toString(read), toString(own_end), toString(other_end), toString(refusal), apart_ms),
      ${nearest('-toUnixTimestamp64Milli(recorded_at)')}) as r
    from proof_rules where ${here}
    having count() > 0
  )`,
  `select 'timing', '', '', cast([], 'Array(String)'),
    cast([[argMin(toInt64(clock_uncertainty_ms), ${nearest('clock_uncertainty_ms')})]], '${lists}')
  from timing having count() > 0`,
]

const statement = `with asked as (select arrayJoin({ids:Array(String)}) as id)
${parts.join('\nunion all\n')}`

/**
 * Reads about session ids of one instance, of their first life, as of an instant (ms since the epoch); keyed by
 * `sessionKey`.
 *
 * @throws CurfewError as `ask`.
 */
export async function readCurfewFacts({
  ask,
  tenant,
  instance,
  ids,
  asOf,
}: {
  readonly ask: Ask
  readonly tenant: string
  readonly instance: string
  readonly ids: readonly string[]
  readonly asOf: number
}): Promise<{ readonly facts: ReadonlyMap<string, CurfewFacts>; readonly inForce: InForce }> {
  const rows = await askInPages(ask, statement, 'ids', ids, {
    tenant,
    instance,
    as_of: new Date(asOf),
  })
  const facts = new Map<string, Learning>()
  let inForce: InForce = { rule: contractRule, uncertaintyMs: 5_000 }
  for (const row of rows) {
    const part = text(row, 'part')
    if (part === 'rule') inForce = { ...inForce, rule: ruleOf(row) }
    else if (part === 'timing') inForce = { ...inForce, uncertaintyMs: instantOf(row) ?? 0 }
    else {
      const sessionKind = sessionKindOf(text(row, 'kind'))
      const key = sessionKey({ tenant, instance, sessionKind, sessionId: text(row, 'id') })
      const fact = facts.get(key) ?? { ...noCurfewFacts, pairs: [] }
      facts.set(key, fact)
      learn(fact, part, row)
    }
  }
  return { facts, inForce }
}

/** Of a session of which no row says more. */
export const noCurfewFacts: CurfewFacts = {
  pairs: [],
  order: null,
  expiresAt: null,
  idpUses: [],
  appUses: [],
}

/** What is known of a session while its rows are read. */
type Learning = { -readonly [Key in Exclude<keyof CurfewFacts, 'pairs'>]: CurfewFacts[Key] } & {
  readonly pairs: ToldPair[]
}

function learn(fact: Learning, part: string, row: Row): void {
  switch (part) {
    case 'pair':
      fact.pairs.push(pairOf(row))
      break
    case 'order': {
      const [orderId = '', state = '', reason = '', ...alsoEnds] = texts(row, 'words')
      fact.order = { orderId, state, reason, alsoEnds, orderedAt: instantOf(row) }
      break
    }
    case 'session':
      fact.expiresAt = instantOf(row)
      break
    default: {
      const [idpUses = [], appUses = []] = numberLists(row, 'times')
      fact.idpUses = known(idpUses)
      fact.appUses = known(appUses)
    }
  }
}

function pairOf(row: Row): ToldPair {
  const [curfewId = '', className = '', causeId = '', ...copy] = texts(row, 'words')
  const [mode = '', scopeKind = '', subjectRef = '', mayAct] = copy
  const [[deadlineAt, detectedAt] = []] = numberLists(row, 'times')
  return {
    ...{ curfewId, class: className, causeId, mode, scopeKind, subjectRef },
    mayAct: mayAct === '1',
    deadlineAt: deadlineAt ?? 0,
    detectedAt: detectedAt ?? 0,
  }
}

function ruleOf(row: Row): ProofRule {
  const [[apartMs] = []] = numberLists(row, 'times')
  return ruleFrom([...texts(row, 'words'), apartMs ?? 0])
}

/** The one instant of a row; the epoch stands for none. */
function instantOf(row: Row): number | null {
  const [[at] = []] = numberLists(row, 'times')
  return at || null
}

const known = (instants: readonly (number | null)[]): readonly number[] =>
  instants.filter((at): at is number => at !== null)
