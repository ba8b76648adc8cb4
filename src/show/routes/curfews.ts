import type { Static } from 'typebox'
import { Type } from 'typebox'
import { CauseClass } from '../../contract/cause.ts'
import { CurfewMode } from '../../contract/curfew.ts'
import { CurfewError } from '../../contract/errors.ts'
import { OrderState } from '../../contract/order-step.ts'
import type { Row } from '../../contract/ports.ts'
import { flag, isoTime, number, text, texts } from '../../contract/read-row.ts'
import { judgedAt, principalOf, readPaging } from '../api/paging.ts'
import { periodOf, periodQuery } from '../api/period.ts'
import { mayDo } from '../api/principal.ts'
import {
  answers,
  closedObject,
  Instant,
  Name,
  Page,
  pageQuery,
  TextFilter,
} from '../api/schemas.ts'
import type { Server } from '../api/server.ts'
import { CurfewEntry, VerdictWord } from '../queries/curfews.ts'
import { EvidenceEntry, proofIdOf, readEvidence } from '../queries/evidence.ts'
import { personFields, textFilter, withPeople } from '../queries/people.ts'
import { everyCurfew, readCurfews } from '../queries/read-curfews.ts'
import { refuseUnknownInstance } from '../queries/refuse-unknown.ts'
import type { Sign } from '../queries/sign-ids.ts'
import { readSignIds } from '../queries/sign-ids.ts'
import type { Deps, Route } from '../route.ts'

const CauseEntry = closedObject({
  cause_id: Type.String(),
  class: Type.String(),
  event_id: Type.String(),
  at: Instant,
  received_at: Instant,
  lane: Type.String(),
  may_act: Type.Boolean(),
  scope_kind: Type.String(),
  scope_id: Type.String(),
  initiator_kind: Type.String(),
  initiator_id: Type.String({ description: 'Empty for tokens that may not read names.' }),
  reason: Type.String(),
})
const StepEntry = closedObject({
  order_id: Type.String(),
  epoch: Type.Integer(),
  seq: Type.Integer(),
  state: Type.String(),
  at: Instant,
  attempt: Type.Integer(),
  status: Type.Integer(),
  request_id: Type.String(),
  reason: Type.String(),
  also_ends: Type.Array(Type.String(), {
    description:
      'Other sessions that the call for this one also ends, by kind and id, as far as recorded; an approval covers them, too.',
  }),
  actor: Type.String(),
})

const filterQuery = {
  verdict: Type.Optional(VerdictWord),
  class: Type.Optional(CauseClass),
  mode: Type.Optional(CurfewMode),
  order_state: Type.Optional(OrderState),
  subject_ref: Type.Optional(Name('Only this subject, by reference.')),
  session_id: Type.Optional(Name('Only this session.')),
  instance: Type.Optional(Name('Only this instance.')),
  q: TextFilter,
  ...periodQuery,
}

const ProofId = Type.String({
  description:
    'Id of the proof of death: of the event for E3 and E4, of the evidence for E2; empty without proof.',
})
const ListedCurfew = closedObject({
  ...CurfewEntry.properties,
  ...personFields,
  proof_id: ProofId,
})
const OneCurfew = closedObject({
  ...CurfewEntry.properties,
  ...personFields,
  proof_id: ProofId,
  causes: Type.Array(CauseEntry),
  steps: Type.Array(StepEntry),
  evidence: Type.Array(EvidenceEntry, {
    description:
      'Evidence of its session, oldest first; at least the 100 oldest and newest of each level.',
  }),
})

const causes = `
select cause_id, class, event_id, at, received_at, lane, may_act, scope_kind, scope_id,
  initiator_kind, initiator_id, reason
from causes
where tenant = {tenant:String} and instance = {instance:String}
  and cause_id in {cause_ids:Array(String)}
order by at, cause_id, recorded_at
limit 1 by cause_id
limit 1000`

const ofSession = `tenant = {tenant:String} and instance = {instance:String}
  and session_kind = {kind:String} and session_id = {id:String} and incarnation = {incarnation:UInt32}`
const steps = `
select order_id, epoch, seq, state, at, attempt, status, request_id, reason, also_ends, actor
from order_steps
where ${ofSession}
order by epoch, at, seq
limit 1 by order_id, epoch, seq
limit 1000`
/** Which sessions must be dead by when, and whether they are. */
export const route: Route = {
  id: 'curfews',
  mount: (server, deps) => {
    mountList(server, deps)
    mountOne(server, deps)
  },
}

function mountList(server: Server, { ask, now, instancesOf }: Deps): void {
  server.get(
    '/v1/curfews',
    {
      config: { admits: 'read' },
      schema: {
        operationId: 'listCurfews',
        summary: 'Curfews with their verdicts, newest cause first',
        description:
          'All pages are judged at the instant of the first page. Several filters are combined with and.',
        tags: ['curfews'],
        querystring: closedObject({ ...filterQuery, ...pageQuery }),
        response: answers({ 200: Page(ListedCurfew) }),
      },
    },
    async (request) => {
      const principal = principalOf(request)
      const { tenant } = principal
      const { limit, cursor, ...filters } = request.query
      const { from, to, q, ...words } = filters
      const period = periodOf({ from, to })
      await refuseUnknownInstance({ ask, tenant, instance: words.instance, instancesOf })
      // Verdicts change with time: all pages are judged at the instant of the first.
      const start = [now(), Number.MAX_SAFE_INTEGER, '']
      const paging = readPaging({ list: 'curfews', filters, start, limit, cursor })
      const [judged, afterMs = 0, afterId = ''] = paging.after
      const asOf = judgedAt(judged, now())
      const found = await readCurfews(ask, {
        ...everyCurfew,
        ...words,
        ...period,
        ...textFilter(principal, q),
        tenant,
        asOf,
        after: [Number(afterMs), String(afterId)],
        most: paging.most,
      })
      const { items, next } = paging.page(found, (entry) => [
        asOf,
        Date.parse(entry.cause_at),
        entry.curfew_id,
      ])
      const [people, proofIds] = await Promise.all([
        withPeople(ask, principal, items),
        readSignIds(ask, tenant, items.map(proofOf)),
      ])
      return { items: people.map((each, at) => ({ ...each, proof_id: proofIds[at] ?? '' })), next }
    },
  )
}

/** Selects the proof of death. */
const proofOf = (entry: Static<typeof CurfewEntry>): Sign => {
  const { dead_at, dead_by, cause_at } = entry
  return {
    ...entry,
    level: dead_at === null ? '' : dead_by,
    ...{ since: cause_at, until: dead_at ?? '' },
  }
}

function mountOne(server: Server, { ask, now }: Deps): void {
  server.get(
    '/v1/curfews/:id',
    {
      config: { admits: 'read' },
      schema: {
        operationId: 'getCurfew',
        summary: 'One curfew with its causes, the steps of its orders, and the evidence',
        description:
          'Judged now. The evidence contains every event and read that the verdict rests on.',
        tags: ['curfews'],
        params: closedObject({ id: Name('Id of the curfew.') }),
        response: answers({
          200: OneCurfew,
        }),
      },
    },
    async (request) => {
      const principal = principalOf(request)
      const { tenant } = principal
      const curfew_id = request.params.id
      const [curfew] = await readCurfews(ask, {
        ...everyCurfew,
        tenant,
        curfew_id,
        asOf: now(),
        most: 1,
      })
      if (curfew === undefined) {
        throw new CurfewError('SHOW_UNKNOWN', 'There is no curfew with this id.')
      }
      const { instance, session_kind: kind, session_id: id, incarnation, cause_ids } = curfew
      const session = { tenant, instance, kind, id, incarnation }
      const [told, stepped, proven, [whose]] = await Promise.all([
        ask(causes, { tenant, instance, cause_ids: cause_ids.slice(0, 1_000) }),
        ask(steps, session),
        readEvidence(ask, { ...session, until: new Date(curfew.dead_at ?? now()) }),
        withPeople(ask, principal, [curfew]),
      ])
      return {
        ...(whose ?? { ...curfew, subject_id: '', email: '' }),
        causes: told.map((each) => toCause(each, mayDo(principal, 'names'))),
        steps: stepped.map(toStep),
        evidence: proven,
        proof_id: proofIdOf(proven, curfew),
      }
    },
  )
}

function toCause(row: Row, names: boolean): Static<typeof CauseEntry> {
  return {
    cause_id: text(row, 'cause_id'),
    class: text(row, 'class'),
    event_id: text(row, 'event_id'),
    at: isoTime(row, 'at'),
    received_at: isoTime(row, 'received_at'),
    lane: text(row, 'lane'),
    may_act: flag(row, 'may_act'),
    scope_kind: text(row, 'scope_kind'),
    scope_id: text(row, 'scope_id'),
    initiator_kind: text(row, 'initiator_kind'),
    initiator_id: names ? text(row, 'initiator_id') : '',
    reason: text(row, 'reason'),
  }
}

function toStep(row: Row): Static<typeof StepEntry> {
  return {
    order_id: text(row, 'order_id'),
    epoch: number(row, 'epoch'),
    seq: number(row, 'seq'),
    state: text(row, 'state'),
    at: isoTime(row, 'at'),
    attempt: number(row, 'attempt'),
    status: number(row, 'status'),
    request_id: text(row, 'request_id'),
    reason: text(row, 'reason'),
    also_ends: texts(row, 'also_ends'),
    actor: text(row, 'actor'),
  }
}
