import { greatestOf, leastOf } from '../contract/extremes.ts'
import type { Row } from '../contract/ports.ts'
import { lastText, moment, moments, text } from '../contract/read-row.ts'
import { instantsMax } from './incarnations.ts'
import type { Reads } from './packed-rows.ts'
import { itself, readOfSessions, unpack } from './packed-rows.ts'
import { doubted } from './replaced-causes.ts'

const name = itself('session_kind', 'session_id')
const groupBy = 'group by session_kind, session_id'

/** The facts behind a verdict for a few sessions, where the view would judge all of them. */
const reads = {
  session: {
    table: 'sessions',
    columns: {
      ...name,
      ...itself('subject_ref', 'subject_kind', 'on_behalf_of_ref', 'created_at', 'first_seen_at'),
      ...itself('first_alive_at', 'idp_accepted_at', 'listed_at'),
    },
  },
  listed: {
    table: 'listed_sessions',
    columns: { ...name, subject_ref: 'argMax(subject_ref, (listed_at, subject_ref))' },
    rest: `and subject_ref != '' ${groupBy}`,
  },
  // Refusals keep the oldest thousand and the youngest: a flood of retries hides no proof of death.
  facts: {
    table: 'session_facts',
    columns: {
      ...name,
      fact: 'fact',
      ats: `if(fact = 'refused_dead', arrayPushBack(groupArraySorted(1000)(occurred_at), max(occurred_at)),
        groupUniqArray(${instantsMax})(occurred_at))`,
    },
    rest: `${groupBy}, fact`,
  },
  evidence: {
    table: 'evidence',
    columns: {
      ...name,
      ...itself('level', 'means'),
      ats: `if(level = 'alive', [max(at)], groupUniqArray(${instantsMax})(at))`,
    },
    rest: `${groupBy}, level, means`,
  },
  pair: {
    table: 'curfews',
    columns: {
      ...name,
      ...itself('incarnation', 'curfew_id', 'class', 'cause_id', 'cause_at', 'deadline_at', 'mode'),
      ...itself('may_act', 'subject_ref', 'detected_at', 'row_commit'),
    },
  },
  doubted,
} satisfies Reads

/** Reads of session ids of the instance that the values name. */
export const askFacts = readOfSessions(reads)

/** The rows about one session, by what they are about. */
export type RowsOf = { readonly [Part in Exclude<keyof typeof reads, 'doubted'>]: Row[] }
export const noRows = (): RowsOf => ({ session: [], listed: [], facts: [], evidence: [], pair: [] })

/** A row of these statements, by the names of its columns. @throws TypeError where it is none. */
export const readFact = (row: Row) => unpack(reads, row)

/** Stored facts of a session id over all its incarnations; times in ms since the epoch. */
export interface StoredFacts {
  readonly subjectRef: string
  /** Whose session the provider's list showed it as, '' where none has shown it. */
  readonly listedSubjectRef: string
  /** The principal of an agent session; '' for none. */
  readonly onBehalfOfRef: string
  /** False while only lists of its provider have shown it. */
  readonly namedByEvent: boolean
  readonly createdAt: number | null
  readonly firstSeenAt: number
  /** Earliest accepted use or list that showed it, null while there is none. */
  readonly firstAliveAt: number | null
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
}

/** Copies of a session that the store has not merged yet come as several rows. */
export function foldFacts({ session, listed, facts, evidence }: RowsOf): StoredFacts {
  const first = (column: string) =>
    leastOf(session.map((row) => moment(row, column)).filter((at) => at !== null))
  const last = (column: string) => latest(real(session.map((row) => moment(row, column))))
  const greatest = (rows: readonly Row[], column: string) =>
    lastText(rows.map((row) => text(row, column)))
  const told = (...which: readonly string[]) =>
    facts.filter((row) => which.includes(text(row, 'fact'))).flatMap(instantsOf)
  const proof = (level: string) => evidence.filter((row) => text(row, 'level') === level)
  const [left, answered] = byMeans(proof('E1'), 'nothing_left')
  const [listings, reads] = byMeans(proof('alive'), 'listing')
  const usedAts = last('idp_accepted_at')
  const listing = [...last('listed_at'), ...latest(listings.flatMap(instantsOf))]
  const read = latest(reads.flatMap(instantsOf))
  // Once a provider's list has shown a session, the list decides who owns it: an event with another
  // subject must neither hide it nor let another subject's list be evidence about it.
  const listedSubjectRef = greatest(listed, 'subject_ref')
  return {
    subjectRef: listedSubjectRef || greatest(session, 'subject_ref'),
    listedSubjectRef,
    onBehalfOfRef: greatest(session, 'on_behalf_of_ref'),
    // Only events report the kind of the subject; lists leave it blank.
    namedByEvent: greatest(session, 'subject_kind') !== '',
    createdAt: first('created_at'),
    firstSeenAt: first('first_seen_at') ?? Number.POSITIVE_INFINITY,
    firstAliveAt: first('first_alive_at'),
    aliveAts: [...usedAts, ...listing, ...read],
    usedAts,
    shownAts: { listing, read },
    creations: told('created'),
    ends: told('revoked', 'ended'),
    refusals: told('refused_dead'),
    calls: proof('E0').flatMap(instantsOf),
    acknowledged: answered.flatMap(instantsOf),
    nothingLeft: left.flatMap(instantsOf),
    gone: proof('E2').flatMap((row) =>
      instantsOf(row).map((at) => ({ at, means: text(row, 'means') })),
    ),
  }
}

function byMeans(rows: readonly Row[], means: string): readonly [readonly Row[], readonly Row[]] {
  const is = (row: Row) => text(row, 'means') === means
  return [rows.filter(is), rows.filter((row) => !is(row))]
}

const instantsOf = (row: Row): readonly number[] => real(moments(row, 'ats'))
const latest = (ats: readonly number[]) => real([greatestOf(ats)])

/** Aggregates over nothing come as null or as the epoch; neither is an instant. */
function real(list: readonly (number | null)[]): readonly number[] {
  return list.filter((at): at is number => at !== null && at > 0)
}
