import { Value } from 'typebox/value'
import type { Cause } from '../../contract/cause.ts'
import { CauseClass, replacedIds } from '../../contract/cause.ts'
import { InitiatorKind, ScopeKind } from '../../contract/event-words.ts'
import { identify } from '../../contract/identity.ts'
import { askInPages } from '../../contract/in-pages.ts'
import type { Append, Ask, Row } from '../../contract/ports.ts'
import { flag, number, sessionKindOf, text } from '../../contract/read-row.ts'
import { causeRow } from '../../contract/rows.ts'

/** The deterministic id of a cause. */
export function causeIdOf(
  tenant: string,
  instance: string,
  causeClass: CauseClass,
  ...about: readonly string[]
): string {
  return identify('cause', tenant, instance, causeClass, ...about)
}

/**
 * Valid causes with their copies folded: one that may act wins over its replay, then the weaker
 * mode. `where` is a condition over the columns of `causes`.
 */
export function causesWhere(where: string): string {
  return `
select tenant, instance, cause_id, tupleElement(c, 1) as class, tupleElement(c, 2) as event_id,
  toUnixTimestamp64Milli(tupleElement(c, 3)) as cause_at,
  toUnixTimestamp64Milli(tupleElement(c, 4)) as told_at,
  tupleElement(c, 5) as lane, tupleElement(c, 6) as may_act, tupleElement(c, 7) as mode_max,
  tupleElement(c, 8) as scope_kind, tupleElement(c, 9) as scope_id,
  tupleElement(c, 10) as subject_ref, tupleElement(c, 11) as session_kind,
  tupleElement(c, 12) as session_id, tupleElement(c, 13) as exempt_session_id,
  tupleElement(c, 14) as initiator_kind, tupleElement(c, 15) as initiator_id,
  tupleElement(c, 16) as reason, tupleElement(c, 17) as flow_session_id, recorded_ms
from
(
  select tenant, instance, cause_id,
    argMin(
      (toString(class), event_id, at, received_at, toString(lane), may_act, toString(mode_max),
        toString(scope_kind), scope_id, subject_ref, toString(session_kind), session_id,
        exempt_session_id, toString(initiator_kind), initiator_id, reason, flow_session_id),
      (not (may_act and lane = 'live'), indexOf(['observe', 'approve', 'enforce'], toString(mode_max)),
        row_commit, received_at)) as c,
    toUnixTimestamp64Milli(max(recorded_at)) as recorded_ms
  from causes
  where (${where}) and cause_id not in (${replacedIds('true')})
  group by tenant, instance, cause_id
)`
}

/** A row of `causesWhere`. */
export function causeOf(row: Row): Cause {
  const [causeClass, scopeKind] = [text(row, 'class'), text(row, 'scope_kind')]
  const [sessionKind, initiatorKind] = [text(row, 'session_kind'), text(row, 'initiator_kind')]
  if (!Value.Check(CauseClass, causeClass) || !Value.Check(ScopeKind, scopeKind)) {
    throw new TypeError(`expected a class and scope in 'causes', found ${causeClass}, ${scopeKind}`)
  }
  return {
    tenant: text(row, 'tenant'),
    instance: text(row, 'instance'),
    causeId: text(row, 'cause_id'),
    class: causeClass,
    eventId: text(row, 'event_id'),
    at: number(row, 'cause_at'),
    receivedAt: number(row, 'told_at'),
    lane: text(row, 'lane') === 'live' ? 'live' : 'historical',
    mayAct: flag(row, 'may_act'),
    modeMax: modeOf(text(row, 'mode_max')),
    scopeKind,
    scopeId: text(row, 'scope_id'),
    subjectRef: text(row, 'subject_ref'),
    sessionKind: sessionKind === '' ? '' : sessionKindOf(sessionKind),
    sessionId: text(row, 'session_id'),
    exemptSessionId: text(row, 'exempt_session_id'),
    flowSessionId: text(row, 'flow_session_id'),
    initiatorKind: Value.Check(InitiatorKind, initiatorKind) ? initiatorKind : '',
    initiatorId: text(row, 'initiator_id'),
    reason: text(row, 'reason'),
  }
}

function modeOf(word: string): Cause['modeMax'] {
  return word === 'enforce' || word === 'approve' ? word : 'observe'
}

const alike = `
select cause_id from causes
where cause_id in {ids:Array(String)} and may_act in {acting:Array(UInt8)}
group by cause_id`

/** Appends the causes that the store lacks, or has only as not acting. Returns them. */
export async function appendNewCauses(
  { ask, append }: { readonly ask: Ask; readonly append: Append },
  causes: readonly Cause[],
): Promise<readonly Cause[]> {
  if (causes.length === 0) return []
  const fresh: Cause[] = []
  for (const acting of [true, false]) {
    const some = causes.filter(({ mayAct }) => mayAct === acting)
    if (some.length === 0) continue
    const ids = some.map(({ causeId }) => causeId)
    const rows = await askInPages(ask, alike, 'ids', ids, { acting: acting ? [1] : [0, 1] })
    const known = new Set(rows.map((row) => text(row, 'cause_id')))
    for (const each of some.filter(({ causeId }) => !known.has(causeId))) fresh.push(each)
  }
  await append('causes', fresh.map(causeRow))
  return fresh
}
