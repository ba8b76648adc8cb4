import type { Static } from 'typebox'
import { Type } from 'typebox'
import type { Verdict } from '../../contract/curfew.ts'
import type { Row } from '../../contract/ports.ts'
import { flag, isoTime, isoTimeOrNull, number, text, texts } from '../../contract/read-row.ts'
import { closedObject, Instant, InstantOrNull } from '../api/schemas.ts'
import { described, outcomeWords, verdictWords } from './verdict-texts.ts'

export const VerdictWord = Type.Union(
  [Type.Literal('kept'), Type.Literal('broken'), Type.Literal('open'), Type.Literal('unproven')],
  { description: described(verdictWords) },
)

/** A curfew in the entry of its session. */
export const CurfewBrief = closedObject({
  curfew_id: Type.String(),
  class: Type.String(),
  mode: Type.String({ description: 'observe, approve or enforce.' }),
  deadline_at: Instant,
  verdict: VerdictWord,
})

/** A curfew as judged at an instant. */
export const CurfewEntry = closedObject({
  curfew_id: Type.String(),
  instance: Type.String(),
  session_kind: Type.String(),
  session_id: Type.String(),
  incarnation: Type.Integer(),
  subject_ref: Type.String(),
  class: Type.String(),
  mode: Type.String({ description: 'observe, approve or enforce.' }),
  may_act: Type.Boolean(),
  scope_kind: Type.String(),
  certainty: Type.String({ description: 'certain, ambiguous or creation_unknown.' }),
  cause_ids: Type.Array(Type.String()),
  cause_at: Instant,
  deadline_at: Instant,
  detected_at: Instant,
  ordered_at: InstantOrNull,
  acknowledged_at: InstantOrNull,
  read_back_at: InstantOrNull,
  ended_event_at: InstantOrNull,
  first_refused_at: InstantOrNull,
  alive_at: InstantOrNull,
  dead_at: InstantOrNull,
  dead_by: Type.String({ description: 'Level of the proof: E2, E3 or E4; empty without proof.' }),
  last_accepted_at: InstantOrNull,
  accepted_after: Type.Integer({ description: 'Accepted uses after the cause: exposure.' }),
  order_id: Type.String(),
  order_state: Type.String(),
  order_reason: Type.String(),
  order_also_ends: Type.Array(Type.String(), {
    description:
      'Other sessions that the call for this one also ends, by kind and id; an approval covers them, too.',
  }),
  verdict: VerdictWord,
  outcome: Type.String({ description: described(outcomeWords) }),
})
export type CurfewEntry = Static<typeof CurfewEntry>

/** The columns of the view `verdicts` that an entry contains. */
export const curfewColumns = Object.keys(CurfewEntry.properties).join(', ')

export function toBrief(row: Row): Static<typeof CurfewBrief> {
  return {
    curfew_id: text(row, 'curfew_id'),
    class: text(row, 'class'),
    mode: text(row, 'mode'),
    deadline_at: isoTime(row, 'deadline_at'),
    verdict: verdictOf(row),
  }
}

export function toCurfew(row: Row): CurfewEntry {
  const instant = (column: string) => isoTimeOrNull(row, column)
  return {
    ...toBrief(row),
    instance: text(row, 'instance'),
    session_kind: text(row, 'session_kind'),
    session_id: text(row, 'session_id'),
    incarnation: number(row, 'incarnation'),
    subject_ref: text(row, 'subject_ref'),
    may_act: flag(row, 'may_act'),
    scope_kind: text(row, 'scope_kind'),
    certainty: text(row, 'certainty'),
    cause_ids: texts(row, 'cause_ids').sort(),
    cause_at: isoTime(row, 'cause_at'),
    detected_at: isoTime(row, 'detected_at'),
    ordered_at: instant('ordered_at'),
    acknowledged_at: instant('acknowledged_at'),
    read_back_at: instant('read_back_at'),
    ended_event_at: instant('ended_event_at'),
    first_refused_at: instant('first_refused_at'),
    alive_at: instant('alive_at'),
    dead_at: instant('dead_at'),
    dead_by: text(row, 'dead_by'),
    last_accepted_at: instant('last_accepted_at'),
    accepted_after: number(row, 'accepted_after'),
    order_id: text(row, 'order_id'),
    order_state: text(row, 'order_state'),
    order_reason: text(row, 'order_reason'),
    order_also_ends: texts(row, 'order_also_ends'),
    outcome: text(row, 'outcome'),
  }
}

/** Throws on an unknown value, so that it cannot be counted as a good verdict. */
export function verdictOf(row: Row): Verdict {
  const word = text(row, 'verdict')
  if (word === 'kept' || word === 'broken' || word === 'open') return word
  return 'unproven'
}
