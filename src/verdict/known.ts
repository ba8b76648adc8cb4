import { Value } from 'typebox/value'
import type { CauseClass } from '../contract/cause.ts'
import { CauseClass as CauseClassSchema, replacedIds } from '../contract/cause.ts'
import type { CurfewMode } from '../contract/curfew.ts'
import type { ProofRule } from '../contract/deaths.ts'
import { contractRule } from '../contract/deaths.ts'
import type { SessionKind } from '../contract/event-words.ts'
import { sessionKey } from '../contract/identity.ts'
import { askInPages } from '../contract/in-pages.ts'
import { makePause } from '../contract/pause.ts'
import type { Ask, Row } from '../contract/ports.ts'
import type { Life } from './lives.ts'
import { instantsMax, livesOf, mayHaveBegunAgain } from './lives.ts'
import { numberLists, sessionKindOf, text, texts } from './read-row.ts'

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

/** Asks about session ids of one instance; keyed by `sessionKey`. */
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
const lists = 'Array(Array(Nullable(Int64)))'
const here = 'tenant = {tenant:String} and instance = {instance:String}'
const instantsIf = (when: string) => `groupUniqArrayIf(${instantsMax})(${ms('at')}, ${when})`
/** Each of one table: its name, words, and lists of instants; `null` and 0 stand for none. */
const partsOf = (ofSessions: string) => [
  `select 'session' as part, toString(session_kind) as kind, session_id as id,
    [max(s.subject_ref), toString(max(s.subject_kind)), max(s.on_behalf_of_ref)] as words,
    cast([[${ms('min(s.created_at)')}, ${ms('min(s.first_seen_at)')}, ${ms('min(s.first_alive_at)')}],
      [${ms('max(s.idp_accepted_at)')}, ${ms('max(s.listed_at)')}]], '${lists}') as times
  from sessions as s ${ofSessions}
  group by session_kind, session_id`,
  `select 'listed' as part, toString(session_kind) as kind, session_id as id,
    [argMax(l.subject_ref, (l.listed_at, l.subject_ref))] as words, cast([], '${lists}') as times
  from listed_sessions as l ${ofSessions} and subject_ref != ''
  group by session_kind, session_id`,
  `select 'facts' as part, toString(session_kind) as kind, session_id as id,
    cast([], 'Array(String)') as words,
    cast([groupUniqArrayIf(${instantsMax})(${ms('occurred_at')}, fact = 'created'),
      groupUniqArrayIf(${instantsMax})(${ms('occurred_at')}, fact in ('revoked', 'ended')),
      arrayPushBack(groupArraySortedIf(1000)(${ms('occurred_at')}, fact = 'refused_dead'),
        maxIf(${ms('occurred_at')}, fact = 'refused_dead'))], '${lists}') as times
  from session_facts ${ofSessions}
  group by session_kind, session_id`,
  `select 'evidence' as part, toString(session_kind) as kind, session_id as id,
    arrayMap(each -> each.2, seen) as words,
    cast([[maxIf(${ms('at')}, level = 'alive' and means = 'listing')],
      [maxIf(${ms('at')}, level = 'alive' and means != 'listing')],
      ${instantsIf("level = 'E0'")},
      ${instantsIf("level = 'E1' and means != 'nothing_left'")},
      ${instantsIf("level = 'E1' and means = 'nothing_left'")},
      arrayMap(each -> each.1, arraySort(groupUniqArrayIf(${instantsMax})(
        (${ms('at')}, toString(means)), level = 'E2')) as seen)], '${lists}') as times
  from evidence ${ofSessions}
  group by session_kind, session_id`,
  `select 'pair' as part, toString(session_kind) as kind, session_id as id,
    [curfew_id, toString(class), cause_id, toString(incarnation), max(subject_ref),
      argMin(toString(mode), (not may_act, detected_at, row_commit))] as words,
    cast([[${ms('min(cause_at)')}, ${ms('min(deadline_at)')}, toInt64(max(may_act))]], '${lists}') as times
  from curfews ${ofSessions}
    and cause_id not in (${replacedIds(here)})
  group by session_kind, session_id, incarnation, curfew_id, class, cause_id`,
]
const among = (ids: string) =>
  partsOf(`where ${here} and session_id in ${ids}`).join('\nunion all\n')
/**
 * Many ids stand in the statement once, as rows: named by each part they would make it several times
 * as long, and one list of 5,000 for all parts took the engine's analyzer 7 s. A few are named by each: rows
 * cost a sixth of the statement.
 */
const ofMany = `with asked as (select arrayJoin({ids:Array(String)}) as id)
${among('(select id from asked)')}`
const ofFew = among('{ids:Array(String)}')
const fewMax = 8

export function makeKnow(
  ask: Ask,
  ruleOf: (tenant: string, instance: string) => ProofRule = () => contractRule,
): Know {
  return async (tenant, instance, sessionIds) => {
    const found = new Map<string, Learning>()
    if (sessionIds.length === 0) return found
    const rule = ruleOf(tenant, instance)
    const statement = sessionIds.length > fewMax ? ofMany : ofFew
    const rows = await askInPages(ask, statement, 'ids', sessionIds, { tenant, instance })
    const pause = makePause(rowsAtOnce)
    for (const row of rows) {
      await pause()
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
      if (known) takeLives(known, lives)
    }
    return found
  }
}

/**
 * Whose session it is by now its youngest life says, unless its provider's own list does. Where nobody
 * named that of a life and several people had the id, it is nobody's: a cause of one must not end another's.
 */
function takeLives(known: Learning, lives: readonly Life[]): void {
  const { shownOf } = known
  const last = lives.at(-1)
  known.lives = lives.map((life) =>
    life === last && shownOf !== '' ? { ...life, subjectRef: shownOf } : life,
  )
  const people = new Set(lives.map(({ subjectRef }) => subjectRef).filter((ref) => ref !== ''))
  const only = people.size > 1 ? '' : known.subjectRef
  known.subjectRef = shownOf || last?.subjectRef || only
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] }
/** What is known of a session while its rows are read. */
type Learning = Omit<Writable<Known>, 'pairs'> & { readonly pairs: Pair[] }
/** Rows that are read before others have a turn. */
const rowsAtOnce = 2_000
type Name = Pick<Known, 'tenant' | 'instance' | 'sessionKind' | 'sessionId'>

function blank(name: Name, rule: ProofRule): Learning {
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

function learn(known: Learning, row: Row): void {
  const times = numberLists(row, 'times')
  const [first = [], second = [], third = [], fourth = [], fifth = [], sixth = []] = times
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
      known.createdAt = first[0] ?? null
      known.firstSeenAt = first[1] ?? Number.POSITIVE_INFINITY
      known.firstAliveAt = first[2] ?? null
      known.usedAts = instants(second.slice(0, 1))
      noteAlive(known, second, second.slice(1), [])
      break
    case 'facts':
      known.creations = instants(first)
      known.ends = instants(second)
      known.refusals = instants(third)
      break
    case 'evidence':
      noteAlive(known, [...first, ...second], first, second)
      known.calls = instants(third)
      known.acknowledged = instants(fourth)
      known.nothingLeft = instants(fifth)
      known.gone = instants(sixth).map((at, place) => ({ at, means: words[place] ?? '' }))
      break
    default:
      known.pairs.push(pairOf(words, first))
  }
}

/** Signs of life, and which of them a list or a read showed. */
function noteAlive(
  known: Learning,
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
