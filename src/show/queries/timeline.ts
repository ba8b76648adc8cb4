import type { Static } from 'typebox'
import { Type } from 'typebox'
import type { Ask, AskValues, Row } from '../../contract/ports.ts'
import { isoTime, isoTimeOrNull, number, text, texts } from '../../contract/read-row.ts'
import { askReplaced } from '../../verdict/replaced-causes.ts'
import type { CursorKey } from '../api/cursor.ts'
import { closedObject, Instant, InstantOrNull } from '../api/schemas.ts'
import type { CurfewEntry } from './curfews.ts'
import { judgeFew } from './judge-few.ts'

/** One entry of a session's timeline; all kinds have the same columns. */
export const TimelineEntry = closedObject({
  at: Instant,
  what: Type.String({
    description: 'event, cause, finding, curfew, order_step, evidence, listing or verdict.',
  }),
  id: Type.String(),
  word: Type.String({
    description:
      'Type of event, class, detector, state of the order, level of evidence, or verdict.',
  }),
  outcome: Type.String({
    description:
      "Result: for an event whether it was accepted, for a cause or curfew its mode, or 'replaced' once later facts showed that its event was another cause.",
  }),
  actor: Type.String({ description: 'Who did it, as a word: user, admin, curfew, idp, inline …' }),
  actor_id: Type.String({ description: 'Empty for tokens that may not read names.' }),
  reason: Type.String(),
  until_at: InstantOrNull,
  ip: Type.String({ description: 'Empty for tokens that may not read names.' }),
  ip_of: Type.String({
    description:
      'Whose address it is: subject, application, actor or unknown; empty for other kinds.',
  }),
  country: Type.String(),
  city: Type.String(),
  browser: Type.String(),
  os: Type.String(),
  source: Type.String({ description: 'For an event and for E3 and E4: the source of the event.' }),
  received_at: InstantOrNull,
  related: Type.Array(Type.String(), { description: 'Ids of the rows it refers to.' }),
})
export type TimelineEntry = Static<typeof TimelineEntry>

const ofSession = `tenant = {tenant:String} and instance = {instance:String}
    and session_kind = {kind:String} and session_id = {id:String}`
const neverEnds = `cast(null, 'Nullable(DateTime64(3, \\'UTC\\'))')`
const nobodys = `'' as source, ${neverEnds}`
const nowhere = `'' as ip, '' as ip_of, '' as country, '' as city, '' as browser, '' as os, ${nobodys}`

/** In the display order of entries at one instant. */
const parts = [
  `select
    occurred_at as at, 0 as rank, 'event' as what, event_id as id, toString(type) as word,
    trimRight(concat(outcome, ' ', refusal_reason)) as outcome_,
    if(initiator_kind != '', toString(initiator_kind), toString(observer)) as actor,
    initiator_id as actor_id, toString(reason) as reason_, expires_at as until_at,
    ip, toString(ip_of) as ip_of, toString(country) as country, toString(city) as city, toString(browser) as browser,
    toString(os) as os, toString(source) as source, toNullable(received_at) as came_at,
    cast([], 'Array(String)') as related
  from (select * from events where ${ofSession} order by row_version desc limit 1 by event_id)`,
  `select at, 1, 'cause', cause_id, toString(class), toString(mode_max), toString(initiator_kind),
    initiator_id, reason, ${neverEnds}, ${nowhere}, [event_id]
  from causes
  where tenant = {tenant:String} and instance = {instance:String}
    and cause_id in (select cause_id from curfews where ${ofSession})
  limit 1 by cause_id`,
  `select at, 2, 'finding', finding_id, toString(detector),
    if(standing, toString(severity), 'withdrawn'), toString(mode), '', why, ${neverEnds},
    ${nowhere}, event_ids
  from (select * from findings where ${ofSession} order by version desc, row_commit desc limit 1 by finding_id)
  where mode != 'shadow'`,
  `select detected_at, 3, 'curfew', curfew_id, toString(class), toString(mode), toString(found_by),
    '', certainty, toNullable(deadline_at), ${nowhere}, [cause_id]
  from (select * from curfews where ${ofSession} order by detected_at, row_commit limit 1 by curfew_id, cause_id)`,
  `select at, 4, 'order_step', concat(order_id, '/', toString(epoch), '/', toString(seq)),
    toString(state), if(status = 0, '', toString(status)), if(actor = 'curfew', 'curfew', 'principal'),
    if(actor = 'curfew', '', actor),
    if(empty(also_ends), reason, concat(reason, if(reason = '', '', '; '), 'also ends ', arrayStringConcat(also_ends, ', '))),
    next_attempt_at, ${nowhere}, curfew_ids
  from order_steps where ${ofSession}
  limit 1 by order_id, epoch, seq`,
  `select at, 5, 'evidence', evidence_id, toString(level), toString(means), 'curfew', '', detail,
    ${neverEnds}, ${nowhere}, arrayFilter(e -> e != '', [order_id, listing_id])
  from evidence where ${ofSession}
  limit 1 by evidence_id`,
  `select occurred_at, 5, 'evidence', event_id, if(fact = 'refused_dead', 'E4', 'E3'),
    if(fact = 'refused_dead', 'refused', toString(fact)), toString(observer), '', toString(reason),
    ${neverEnds}, '', '', '', '', '', '', toString(source), toNullable(received_at), [event_id]
  from session_facts where ${ofSession} and fact != 'created'
  limit 1 by event_id, occurred_at`,
  `select listed_at, 6, 'listing', listing_id, 'listed', '', 'idp', '', '', expires_at,
    ip, '', '', '', '', '', ${nobodys}, cast([], 'Array(String)')
  from listed_sessions where ${ofSession}
  limit 1 by listing_id`,
]

/** Last among the entries of one instant. */
const verdictRank = 7
/** Judged by the view, where the facts of the one session are not enough. */
const verdictPart = `select
    multiIf(verdict = 'kept', assumeNotNull(dead_at), verdict = 'open', {as_of:DateTime64(3)}, deadline_at) as at,
    ${verdictRank} as rank, 'verdict' as what, curfew_id as id, toString(verdict) as word, toString(outcome) as outcome_, 'curfew' as actor,
    '' as actor_id, dead_by as reason_, toNullable(deadline_at) as until_at, ${nowhere} as came_at, cause_ids as related
  from verdicts(as_of = {as_of:DateTime64(3)}, among = asked) where ${ofSession}`

const statementOf = (some: readonly string[]) => `
select *, toUnixTimestamp64Milli(at) as at_ms, if(what = 'curfew', related[1], '') as tie
from (${some.map((part) => `(${part})`).join('\nunion all\n')})
where at_ms > {after_ms:Int64}
  or (at_ms = {after_ms:Int64} and
    (rank, id, tie) > ({after_rank:UInt8}, {after_id:String}, {after_tie:String}))
order by at_ms, rank, id, tie
limit {most:UInt32}`
const reportedBy = statementOf(parts)
const judgedBy = `with asked as (select distinct session_key, session_id from curfews where ${ofSession})
${statementOf([verdictPart])}`

/** The position before the first entry. */
export const timelineStart: CursorKey = [-1, 0, '', '']

/** An entry with its position, for the cursor. */
export interface Placed {
  readonly entry: TimelineEntry
  readonly place: CursorKey
}

/** All entries of one session, oldest first, with the verdicts as of an instant. */
export async function readTimeline({
  ask,
  tenant,
  session,
  names,
  asOf,
  after,
  most,
}: {
  readonly ask: Ask
  readonly tenant: string
  readonly session: { readonly instance: string; readonly kind: string; readonly id: string }
  readonly names: boolean
  /** ms since the epoch. */
  readonly asOf: number
  readonly after: CursorKey
  readonly most: number
}): Promise<readonly Placed[]> {
  const [ms = -1, rank = 0, id = '', tie = ''] = after
  const values = {
    ...{ tenant, ...session, most },
    ...{ after_ms: Number(ms), after_rank: Number(rank), after_id: String(id) },
    after_tie: String(tie),
  }
  const as_of = new Date(asOf)
  const read = async (statement: string, more: AskValues = {}): Promise<readonly Placed[]> =>
    (await ask(statement, { ...values, ...more })).map((row) => ({
      entry: toEntry(row, names),
      place: positionOf(row),
    }))
  const sessions = [{ instance: session.instance, id: session.id }]
  const [told, few] = await Promise.all([
    read(reportedBy),
    judgeFew({ ask, tenant, sessions, asOf }),
  ])
  const judged =
    few
      ?.filter(({ session_kind }) => session_kind === session.kind)
      .map((curfew) => verdictOf(curfew, asOf))
      .filter(({ place }) => inOrder(place, after) > 0) ?? (await read(judgedBy, { as_of }))
  const causeIds = new Set(told.flatMap(({ entry }) => causeIdOf(entry)))
  const place = { tenant, instance: session.instance, as_of }
  const replaced = await askReplaced(ask, causeIds, place)
  const shown = told.map(({ entry, place }) => ({ entry: unless(replaced, entry), place }))
  return [...shown, ...judged].sort((one, other) => inOrder(one.place, other.place)).slice(0, most)
}

/** The cause id of a cause or of its curfew. */
function causeIdOf({ what, id, related: [causeId = ''] }: TimelineEntry): readonly string[] {
  if (what === 'cause') return [id]
  return what === 'curfew' ? [causeId] : []
}

/** A replaced cause stays recorded, and so do its curfews. */
function unless(replaced: ReadonlySet<string>, entry: TimelineEntry): TimelineEntry {
  const [causeId = ''] = causeIdOf(entry)
  return replaced.has(causeId) ? { ...entry, outcome: 'replaced' } : entry
}

/** Compares two positions by the first part in which they differ. */
function inOrder(one: CursorKey, other: CursorKey): number {
  const at = one.findIndex((part, index) => part !== other[index])
  const [mine, its] = [one[at], other[at]]
  if (mine === undefined || its === undefined) return 0
  return mine < its ? -1 : 1
}

/** A verdict has the instant of the death, or of the deadline that passed; an open one has now. */
function verdictOf(curfew: CurfewEntry, asOf: number): Placed {
  const { curfew_id: id, verdict, deadline_at, dead_at } = curfew
  const now = new Date(asOf).toISOString()
  const kept = verdict === 'kept' ? dead_at : null
  const at = kept ?? (verdict === 'open' ? now : deadline_at)
  const nowhere = { ip: '', ip_of: '', country: '', city: '', browser: '', os: '', source: '' }
  const entry = {
    ...{ at, what: 'verdict', id, word: verdict, outcome: curfew.outcome },
    ...{ actor: 'curfew', actor_id: '', reason: curfew.dead_by, until_at: deadline_at },
    ...{ ...nowhere, received_at: null, related: curfew.cause_ids },
  }
  return { entry, place: [Date.parse(at), verdictRank, id, ''] }
}

function toEntry(row: Row, names: boolean): TimelineEntry {
  const clear = (column: string) => (names ? text(row, column) : '')
  return {
    at: isoTime(row, 'at'),
    what: text(row, 'what'),
    id: text(row, 'id'),
    word: text(row, 'word'),
    outcome: text(row, 'outcome_'),
    actor: text(row, 'actor'),
    actor_id: clear('actor_id'),
    reason: text(row, 'reason_'),
    until_at: isoTimeOrNull(row, 'until_at'),
    ip: clear('ip'),
    ip_of: text(row, 'ip_of'),
    country: text(row, 'country'),
    city: text(row, 'city'),
    browser: text(row, 'browser'),
    os: text(row, 'os'),
    source: text(row, 'source'),
    received_at: isoTimeOrNull(row, 'came_at'),
    related: texts(row, 'related'),
  }
}

const positionOf = (row: Row): CursorKey => [
  number(row, 'at_ms'),
  number(row, 'rank'),
  text(row, 'id'),
  text(row, 'tie'),
]
