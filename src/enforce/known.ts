import { Value } from 'typebox/value'
import type { CauseClass } from '../contract/cause.ts'
import { CauseClass as CauseClassSchema } from '../contract/cause.ts'
import type { CurfewMode } from '../contract/curfew.ts'
import type { SessionKind } from '../contract/event-words.ts'
import { sessionKey } from '../contract/identity.ts'
import type { Ask, Row } from '../contract/ports.ts'
import type { ProofRule } from './deaths.ts'
import { contractRule } from './deaths.ts'
import type { Life } from './lives.ts'
import { instantsMax, livesOf, mayHaveBegunAgain } from './lives.ts'
import { numbers, sessionKindOf, text, texts } from './read-row.ts'

/** One (curfew, cause) pair as the store holds it, its repeats folded. */
export interface Pair {
  readonly incarnation: number
  readonly curfewId: string
  readonly class: CauseClass
  readonly causeId: string
  readonly causeAt: number
  readonly deadlineAt: number
  readonly mode: CurfewMode
  readonly mayAct: boolean
  readonly subjectRef: string
}

/** All that the store knows of one session id, over all its lives; times in ms since the epoch. */
export interface Known {
  readonly tenant: string
  readonly instance: string
  readonly sessionKind: SessionKind
  readonly sessionId: string
  readonly subjectRef: string
  /** Whose session the provider's list showed it as, '' where none has shown it. */
  readonly shownOf: string
  /** For whom an agent acts in this session, '' when for nobody. */
  readonly onBehalfOfRef: string
  /** False while only lists of its provider have shown it. */
  readonly named: boolean
  readonly createdAt: number | null
  readonly firstSeenAt: number
  /** Earliest accepted use or list that showed it, null while there is none. */
  readonly firstAliveAt: number | null
  /** Its lives, oldest first, where its id was used again; else none. */
  readonly lives: readonly Life[]
  /** Latest signs of life: accepted at its provider, listed, read. */
  readonly aliveAts: readonly number[]
  /** Of those the latest use, and the latest list and read that showed it. */
  readonly usedAts: readonly number[]
  readonly shownAts: { readonly listing: readonly number[]; readonly read: readonly number[] }
  readonly creations: readonly number[]
  /** E3: revoked or ended, by event. */
  readonly ends: readonly number[]
  /** E4: refused because it had ended. */
  readonly refusals: readonly number[]
  /** E0: calls that were intended. */
  readonly calls: readonly number[]
  /** E1: the provider acknowledged; or, asked again, had nothing left to end. */
  readonly acknowledged: readonly number[]
  readonly nothingLeft: readonly number[]
  /** E2, with the means by which it was read back. */
  readonly gone: readonly { readonly at: number; readonly means: string }[]
  /** What proves a death at its provider. */
  readonly rule: ProofRule
  readonly pairs: readonly Pair[]
}

/** Asks about at most 5,000 session ids of one instance; keyed by `sessionKey`. */
export type Know = (
  tenant: string,
  instance: string,
  sessionIds: readonly string[],
) => Promise<ReadonlyMap<string, Known>>

/**
 * The facts behind a verdict for a few sessions, where the view would judge all of them. Refusals
 * keep the oldest thousand and the youngest, so that a flood of retries hides no proof of death.
 */
const ms = (column: string) => `toUnixTimestamp64Milli(${column})`
const ofSessions =
  'where tenant = {tenant:String} and instance = {instance:String} and session_id in (select id from asked)'
const parts = [
  `select 'session' as part, toString(session_kind) as kind, session_id as id,
    [max(s.subject_ref), toString(max(s.subject_kind)), max(s.on_behalf_of_ref)] as words,
    [${ms('min(s.created_at)')}, ${ms('min(s.first_seen_at)')}, ${ms('min(s.first_alive_at)')}] as one,
    [${ms('max(s.idp_accepted_at)')}, ${ms('max(s.listed_at)')}] as two,
    cast([], 'Array(Nullable(Int64))') as three
  from sessions as s ${ofSessions}
  group by session_kind, session_id`,
  `select 'listed' as part, toString(session_kind) as kind, session_id as id,
    [argMax(l.subject_ref, (l.listed_at, l.subject_ref))] as words,
    cast([], 'Array(Nullable(Int64))') as one,
    cast([], 'Array(Nullable(Int64))') as two,
    cast([], 'Array(Nullable(Int64))') as three
  from listed_sessions as l ${ofSessions} and subject_ref != ''
  group by session_kind, session_id`,
  `select 'facts' as part, toString(session_kind) as kind, session_id as id,
    cast([], 'Array(String)') as words,
    cast(groupUniqArrayIf(${instantsMax})(${ms('occurred_at')}, fact = 'created'), 'Array(Nullable(Int64))') as one,
    cast(groupUniqArrayIf(${instantsMax})(${ms('occurred_at')}, fact in ('revoked', 'ended')), 'Array(Nullable(Int64))') as two,
    cast(arrayConcat(groupArraySortedIf(1000)(${ms('occurred_at')}, fact = 'refused_dead'),
      [maxIf(${ms('occurred_at')}, fact = 'refused_dead')]), 'Array(Nullable(Int64))') as three
  from session_facts ${ofSessions}
  group by session_kind, session_id`,
  `select 'evidence' as part, toString(session_kind) as kind, session_id as id,
    cast([], 'Array(String)') as words,
    cast([maxIf(${ms('at')}, level = 'alive' and means = 'listing'),
      maxIf(${ms('at')}, level = 'alive' and means != 'listing')], 'Array(Nullable(Int64))') as one,
    cast(groupUniqArrayIf(${instantsMax})(${ms('at')}, level = 'E1' and means != 'nothing_left'), 'Array(Nullable(Int64))') as two,
    cast(groupUniqArrayIf(${instantsMax})(${ms('at')}, level = 'E1' and means = 'nothing_left'), 'Array(Nullable(Int64))') as three
  from evidence ${ofSessions}
  group by session_kind, session_id`,
  `select 'gone' as part, toString(session_kind) as kind, session_id as id,
    arrayMap(each -> each.2, seen) as words,
    cast(groupUniqArrayIf(${instantsMax})(${ms('at')}, level = 'E0'), 'Array(Nullable(Int64))') as one,
    cast([], 'Array(Nullable(Int64))') as two,
    cast(arrayMap(each -> each.1, arraySort(groupUniqArrayIf(${instantsMax})(
      (${ms('at')}, toString(means)), level = 'E2')) as seen), 'Array(Nullable(Int64))') as three
  from evidence ${ofSessions}
  group by session_kind, session_id`,
  `select 'pair' as part, toString(session_kind) as kind, session_id as id,
    [curfew_id, toString(class), cause_id, toString(incarnation), max(subject_ref),
      argMin(toString(mode), (not may_act, detected_at, row_commit))] as words,
    cast([${ms('min(cause_at)')}, ${ms('min(deadline_at)')}, toInt64(max(may_act))], 'Array(Nullable(Int64))') as one,
    cast([], 'Array(Nullable(Int64))') as two,
    cast([], 'Array(Nullable(Int64))') as three
  from curfews ${ofSessions}
  group by session_kind, session_id, incarnation, curfew_id, class, cause_id`,
]
/** The ids stand in the statement once: named by each part they would make it several times as long. */
const statement = `with asked as (select arrayJoin({ids:Array(String)}) as id)
${parts.map((part) => `select * from (${part})`).join('\nunion all\n')}`

export function makeKnow(
  ask: Ask,
  ruleOf: (tenant: string, instance: string) => ProofRule = () => contractRule,
): Know {
  return async (tenant, instance, sessionIds) => {
    const found = new Map<string, Writable<Known>>()
    if (sessionIds.length === 0) return found
    const rule = ruleOf(tenant, instance)
    const rows = await ask(statement, { tenant, instance, ids: [...new Set(sessionIds)] })
    for (const row of rows) {
      const name = {
        tenant,
        instance,
        sessionKind: sessionKindOf(text(row, 'kind')),
        sessionId: text(row, 'id'),
      }
      const key = sessionKey(name)
      const known = found.get(key) ?? blank(name, rule)
      found.set(key, known)
      learn(known, row)
    }
    const again = [...found.values()].filter(mayHaveBegunAgain)
    const ids = again.map(({ sessionId }) => sessionId)
    for (const [key, lives] of await livesOf(ask, tenant, instance, ids)) {
      const known = found.get(key)
      if (known) known.lives = lives
    }
    return found
  }
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] }
type Name = Pick<Known, 'tenant' | 'instance' | 'sessionKind' | 'sessionId'>

function blank(name: Name, rule: ProofRule): Known {
  return {
    ...name,
    subjectRef: '',
    shownOf: '',
    onBehalfOfRef: '',
    named: false,
    createdAt: null,
    firstSeenAt: Number.POSITIVE_INFINITY,
    firstAliveAt: null,
    lives: [],
    aliveAts: [],
    usedAts: [],
    shownAts: { listing: [], read: [] },
    creations: [],
    ends: [],
    refusals: [],
    calls: [],
    acknowledged: [],
    nothingLeft: [],
    gone: [],
    rule,
    pairs: [],
  }
}

function learn(known: Writable<Known>, row: Row): void {
  const [one, two, three] = [numbers(row, 'one'), numbers(row, 'two'), numbers(row, 'three')]
  const words = texts(row, 'words')
  switch (text(row, 'part')) {
    // Whose session it is its provider knows best: an event that names another subject, as whoever
    // may write any can, must neither hide it nor have somebody else's list speak for it.
    case 'listed':
      known.shownOf = words[0] ?? ''
      known.subjectRef = known.shownOf
      break
    case 'session':
      known.subjectRef = known.shownOf || (words[0] ?? '')
      // Only events tell what kind of subject it is; lists leave it blank.
      known.named = words[1] !== ''
      known.onBehalfOfRef = words[2] ?? ''
      known.createdAt = one[0] ?? null
      known.firstSeenAt = one[1] ?? Number.POSITIVE_INFINITY
      known.firstAliveAt = one[2] ?? null
      known.usedAts = instants(two.slice(0, 1))
      noteAlive(known, two, two.slice(1), [])
      break
    case 'facts':
      known.creations = instants(one)
      known.ends = instants(two)
      known.refusals = instants(three)
      break
    case 'evidence':
      noteAlive(known, one, one.slice(0, 1), one.slice(1))
      known.acknowledged = instants(two)
      known.nothingLeft = instants(three)
      break
    case 'gone':
      known.calls = instants(one)
      known.gone = instants(three).map((at, place) => ({ at, means: words[place] ?? '' }))
      break
    default:
      known.pairs = [...known.pairs, pairOf(words, one)]
  }
}

/** Signs of life, and which of them a list or a read showed. */
function noteAlive(
  known: Writable<Known>,
  alive: readonly (number | null)[],
  listed: readonly (number | null)[],
  read: readonly (number | null)[],
): void {
  const { aliveAts, shownAts } = known
  known.aliveAts = [...aliveAts, ...instants(alive)]
  known.shownAts = {
    listing: [...shownAts.listing, ...instants(listed)],
    read: [...shownAts.read, ...instants(read)],
  }
}

/** Aggregates over nothing come as null or as the epoch; neither is an instant. */
function instants(list: readonly (number | null)[]): readonly number[] {
  return list.filter((at): at is number => at !== null && at > 0)
}

function pairOf(words: readonly string[], one: readonly (number | null)[]): Pair {
  const [curfewId = '', causeClass, causeId = '', incarnation, subjectRef = '', mode] = words
  if (!Value.Check(CauseClassSchema, causeClass)) {
    throw new TypeError(`expected a cause class in 'curfews', found '${causeClass}'`)
  }
  return {
    incarnation: Number(incarnation),
    curfewId,
    class: causeClass,
    causeId,
    causeAt: one[0] ?? 0,
    deadlineAt: one[1] ?? 0,
    mode: mode === 'enforce' || mode === 'approve' ? mode : 'observe',
    mayAct: one[2] === 1,
    subjectRef,
  }
}
