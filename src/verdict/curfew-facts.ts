import type { ProofRule } from '../contract/deaths.ts'
import { contractRule, ruleFrom } from '../contract/deaths.ts'
import { greatestOf } from '../contract/extremes.ts'
import { sessionKey } from '../contract/identity.ts'
import type { Ask, Row } from '../contract/ports.ts'
import { flag, moment, moments, number, sessionKindOf, text, texts } from '../contract/read-row.ts'
import type { Reads } from './packed-rows.ts'
import { here, itself, readOfSessions, unpack } from './packed-rows.ts'
import { askReplaced, doubted, foldCopies } from './replaced-causes.ts'

/**
 * A curfew and one of its causes; of several copies, the one that may act, has a subject, and came
 * first.
 */
export interface CurfewPair {
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
export const pairKey = ({ curfewId, causeId }: Pick<CurfewPair, 'curfewId' | 'causeId'>): string =>
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

/**
 * Facts of a curfew's entry beyond those that the enforcer needs; instants in ms since the epoch.
 */
export interface CurfewFacts {
  readonly pairs: readonly CurfewPair[]
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

const until = '<= {as_of:DateTime64(3)}'
const nearest = (most: string) =>
  `(at > {as_of:DateTime64(3)}, abs(dateDiff('millisecond', at, {as_of:DateTime64(3)})), ${most})`
const name = itself('session_kind', 'session_id')
const groupBy = 'group by session_kind, session_id'
const ofRule = ['absence', 'read', 'own_end', 'other_end', 'refusal'].map(
  (each) => `toString(${each})`,
)
const ruleInForce = nearest('-toUnixTimestamp64Milli(recorded_at)')

const reads = {
  pair: {
    table: 'curfews',
    columns: {
      ...name,
      ...itself('curfew_id', 'class', 'cause_id', 'deadline_at', 'detected_at', 'mode', 'may_act'),
      ...itself('scope_kind', 'subject_ref', 'row_commit'),
    },
    rest: `and incarnation = 0 and detected_at ${until}`,
  },
  order: {
    table: 'order_steps',
    columns: {
      ...name,
      words:
        'argMax(arrayConcat([order_id, toString(state), reason], also_ends), (epoch, at, seq))',
      ordered_at: "minIf(toNullable(at), state = 'dispatching')",
    },
    rest: `and incarnation = 0 and at ${until} ${groupBy}`,
  },
  session: { table: 'sessions', columns: { ...name, ...itself('expires_at') } },
  uses: {
    table: 'session_uses',
    columns: { ...name, observer: 'observer', ats: `groupUniqArray(${usesMax})(occurred_at)` },
    found: (ofSessions) =>
      `${ofSessions} and occurred_at > (select min(cause_at) from curfews prewhere ${ofSessions})`,
    rest: `${groupBy}, observer`,
  },
  rule: {
    table: 'proof_rules',
    columns: {
      words: `argMin([${ofRule.join(', ')}], ${ruleInForce})`,
      apart_ms: `argMin(apart_ms, ${ruleInForce})`,
    },
    found: () => here,
    rest: 'having count() > 0',
  },
  timing: {
    table: 'timing',
    columns: {
      clock_uncertainty_ms: `argMin(clock_uncertainty_ms, ${nearest('clock_uncertainty_ms')})`,
    },
    found: () => 'true',
    rest: 'having count() > 0',
  },
  doubted,
} satisfies Reads

const askCurfewFacts = readOfSessions(reads)

/**
 * Reads the facts of session ids of one instance, of their first incarnation, as of an instant (ms
 * since the epoch); keyed by `sessionKey`.
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
  const values = { tenant, instance, as_of: new Date(asOf) }
  const rows = (await askCurfewFacts(ask, ids, values)).map((row) => unpack(reads, row))
  const of = (part: keyof typeof reads) =>
    rows.flatMap((row) => (row.part === part ? [row.cells] : []))
  const keyOf = (row: Row) => {
    const sessionKind = sessionKindOf(text(row, 'session_kind'))
    return sessionKey({ tenant, instance, sessionKind, sessionId: text(row, 'session_id') })
  }
  const causeIds = new Set(of('doubted').map((row) => text(row, 'cause_id')))
  const replaced = await askReplaced(ask, causeIds, values)
  const [pairs, orders, sessions, uses] = [
    Map.groupBy(of('pair'), keyOf),
    Map.groupBy(of('order'), keyOf),
    Map.groupBy(of('session'), keyOf),
    Map.groupBy(of('uses'), keyOf),
  ]
  const keys = new Set([pairs, orders, sessions, uses].flatMap((each) => [...each.keys()]))
  const facts = new Map<string, CurfewFacts>()
  for (const key of keys) {
    const expiries = (sessions.get(key) ?? []).map((row) => moment(row, 'expires_at') ?? 0)
    const [order] = orders.get(key) ?? []
    facts.set(key, {
      pairs: foldCopiesOfPairs(pairs.get(key) ?? [], replaced),
      order: order ? orderOf(order) : null,
      expiresAt: greatestOf(expiries) || null,
      idpUses: usesBy(uses.get(key) ?? [], (observer) => observer === 'idp'),
      appUses: usesBy(uses.get(key) ?? [], (observer) => observer !== 'idp'),
    })
  }
  const [rule] = of('rule')
  const [timing] = of('timing')
  return {
    facts,
    inForce: {
      rule: rule ? ruleFrom([...texts(rule, 'words'), number(rule, 'apart_ms')]) : contractRule,
      uncertaintyMs: timing ? number(timing, 'clock_uncertainty_ms') : 5_000,
    },
  }
}

/** The facts of a session without rows. */
export const noCurfewFacts: CurfewFacts = {
  pairs: [],
  order: null,
  expiresAt: null,
  idpUses: [],
  appUses: [],
}

/** The copies of each pair folded; those of causes in `replaced` are left out. */
function foldCopiesOfPairs(
  rows: readonly Row[],
  replaced: ReadonlySet<string>,
): readonly CurfewPair[] {
  const nameOf = ({ curfewId, class: cause, causeId }: Copy) =>
    JSON.stringify([curfewId, cause, causeId])
  const folded = foldCopies(rows.map(copyOf), replaced, nameOf, fold)
  return folded.map(({ rowCommit: _, firstDetectedAt: __, ...pair }) => pair)
}

/** A copy of a pair, and the fields that order copies. */
interface Copy extends CurfewPair {
  readonly firstDetectedAt: number
  readonly rowCommit: string
}

function fold(one: Copy, other: Copy): Copy {
  return {
    ...(precedes(other, one) ? other : one),
    deadlineAt: Math.min(one.deadlineAt, other.deadlineAt),
    detectedAt: Math.min(one.detectedAt, other.detectedAt),
  }
}

function precedes(one: Copy, other: Copy): boolean {
  if (one.mayAct !== other.mayAct) return one.mayAct
  if ((one.subjectRef === '') !== (other.subjectRef === '')) return one.subjectRef !== ''
  if (one.firstDetectedAt !== other.firstDetectedAt)
    return one.firstDetectedAt < other.firstDetectedAt
  return one.rowCommit < other.rowCommit
}

function copyOf(row: Row): Copy {
  const detectedAt = moment(row, 'detected_at') ?? 0
  return {
    curfewId: text(row, 'curfew_id'),
    class: text(row, 'class'),
    causeId: text(row, 'cause_id'),
    deadlineAt: moment(row, 'deadline_at') ?? 0,
    detectedAt,
    mode: text(row, 'mode'),
    mayAct: flag(row, 'may_act'),
    scopeKind: text(row, 'scope_kind'),
    subjectRef: text(row, 'subject_ref'),
    firstDetectedAt: detectedAt,
    rowCommit: text(row, 'row_commit'),
  }
}

function orderOf(row: Row): LastOrder {
  const [orderId = '', state = '', reason = '', ...alsoEnds] = texts(row, 'words')
  return { orderId, state, reason, alsoEnds, orderedAt: moment(row, 'ordered_at') || null }
}

function usesBy(rows: readonly Row[], is: (observer: string) => boolean): readonly number[] {
  return rows
    .filter((row) => is(text(row, 'observer')))
    .flatMap((row) => moments(row, 'ats'))
    .filter((at) => at !== null)
}
