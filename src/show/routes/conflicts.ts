import { Type } from 'typebox'
import type { Row } from '../../contract/ports.ts'
import { flag, isoTime, number, text } from '../../contract/read-row.ts'
import type { CursorKey } from '../api/cursor.ts'
import { principalOf, readPaging } from '../api/paging.ts'
import { periodOf, periodQuery } from '../api/period.ts'
import {
  answers,
  closedObject,
  Instant,
  Name,
  Page,
  pageQuery,
  TextFilter,
} from '../api/schemas.ts'
import { matchesText, textFilter } from '../queries/people.ts'
import { refuseUnknownInstance } from '../queries/refuse-unknown.ts'
import type { Route } from '../route.ts'

const ConflictEntry = closedObject({
  found_at: Instant,
  instance: Type.String(),
  event_id: Type.String({ description: 'The same for all contents that contradict each other.' }),
  native_id: Type.String({ description: "The source's own id of the event." }),
  content_hash: Type.String({ description: 'Hash that identifies this content.' }),
  stands: Type.Boolean({
    description: 'Whether this content is used: the one with the lowest hash of all.',
  }),
  type: Type.String(),
  occurred_at: Instant,
  received_at: Instant,
  source: Type.String({ description: 'The source that first delivered it.' }),
  partition: Type.Integer(),
  offset: Type.Integer(),
  subject_ref: Type.String(),
  session_kind: Type.String(),
  session_id: Type.String(),
})

const statement = `
select
  found_at, toUnixTimestamp64Milli(found_at) as found_ms, c.instance as instance,
  c.event_id as event_id, native_id, toString(content_hash) as content, content_hash = lowest as stands,
  type, occurred_at, received_at, source, partition, offset, subject_ref, session_kind, session_id
from
  (select * from conflicts final where tenant = {tenant:String}) as c
inner join
  (
    select instance, event_id, min(content_hash) as lowest
    from conflicts
    where tenant = {tenant:String}
    group by instance, event_id
  ) as l
  on c.instance = l.instance and c.event_id = l.event_id
where ({instance:String} = '' or c.instance = {instance:String})
  and ({source:String} = '' or source = {source:String})
  and found_at >= {from:DateTime64(3)} and found_at < {to:DateTime64(3)}
  and ${matchesText(['c.event_id', 'native_id', 'type', 'source', 'session_id', 'subject_ref'])}
  and (found_ms < {after_ms:Int64} or (found_ms = {after_ms:Int64} and
    (c.instance, c.event_id, content) >
      ({after_instance:String}, {after_event:String}, {after_content:String})))
order by found_ms desc, instance, event_id, content
limit {most:UInt32}`

const start: CursorKey = [Number.MAX_SAFE_INTEGER, '', '', '']

/** Events with one id and different contents, for the operators of their producer. */
export const route: Route = {
  id: 'conflicts',
  mount: (server, { ask, instancesOf }) => {
    server.get(
      '/v1/conflicts',
      {
        config: { admits: 'conflicts' },
        schema: {
          operationId: 'listConflicts',
          summary: 'Contents that contradict each other under one event id, newest first',
          description:
            'The content with the lowest hash is used; the producer has to find out which one is right.',
          tags: ['operation'],
          querystring: closedObject({
            instance: Type.Optional(Name('Only events of this instance.')),
            source: Type.Optional(Name('Only contents delivered by this source.')),
            q: TextFilter,
            ...periodQuery,
            ...pageQuery,
          }),
          response: answers({ 200: Page(ConflictEntry) }),
        },
      },
      async (request) => {
        const principal = principalOf(request)
        const { tenant } = principal
        const { limit, cursor, ...filters } = request.query
        const { from, to, q, ...words } = filters
        await refuseUnknownInstance({ ask, tenant, instance: words.instance, instancesOf })
        const paging = readPaging({ list: 'conflicts', filters, start, limit, cursor })
        const [ms = 0, instance = '', event = '', content = ''] = paging.after
        const rows = await ask(statement, {
          instance: '',
          source: '',
          ...words,
          ...periodOf({ from, to }),
          ...textFilter(principal, q),
          tenant,
          after_ms: Number(ms),
          after_instance: String(instance),
          after_event: String(event),
          after_content: String(content),
          most: paging.most,
        })
        return paging.page(rows.map(toEntry), (entry) => [
          Date.parse(entry.found_at),
          entry.instance,
          entry.event_id,
          entry.content_hash,
        ])
      },
    )
  },
}

function toEntry(row: Row) {
  return {
    found_at: isoTime(row, 'found_at'),
    instance: text(row, 'instance'),
    event_id: text(row, 'event_id'),
    native_id: text(row, 'native_id'),
    content_hash: text(row, 'content'),
    stands: flag(row, 'stands'),
    type: text(row, 'type'),
    occurred_at: isoTime(row, 'occurred_at'),
    received_at: isoTime(row, 'received_at'),
    source: text(row, 'source'),
    partition: number(row, 'partition'),
    offset: number(row, 'offset'),
    subject_ref: text(row, 'subject_ref'),
    session_kind: text(row, 'session_kind'),
    session_id: text(row, 'session_id'),
  }
}
