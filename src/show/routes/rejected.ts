import { Type } from 'typebox'
import { plainExcerpt } from '../../contract/excerpt.ts'
import type { Row } from '../../contract/ports.ts'
import { isoTime, number, text } from '../../contract/read-row.ts'
import { RejectedReason } from '../../contract/rejected.ts'
import type { CursorKey } from '../api/cursor.ts'
import { principalOf, readPaging } from '../api/paging.ts'
import { periodOf, periodQuery } from '../api/period.ts'
import {
  answers,
  closedObject,
  Instant,
  Name,
  OwnTextFilter,
  Page,
  pageQuery,
} from '../api/schemas.ts'
import { refuseUnknownInstance } from '../queries/refuse-unknown.ts'
import type { Route } from '../route.ts'

const RejectedEntry = closedObject({
  received_at: Instant,
  instance: Type.String(),
  source: Type.String(),
  partition: Type.Integer(),
  offset: Type.Integer(),
  reason: Type.String(),
  detail: Type.String(),
  excerpt: Type.String({
    description:
      'Begin of the message. HTML characters are entities; invisible characters, and bytes that are no text, are \\uXXXX.',
  }),
  digest: Type.String({ description: 'SHA-256 of the whole message, 32 hex digits.' }),
  bytes: Type.Integer(),
})

const filterQuery = {
  instance: Type.Optional(Name('Only messages of this instance.')),
  source: Type.Optional(Name('Only messages of this source.')),
  reason: Type.Optional(RejectedReason),
  q: OwnTextFilter,
  ...periodQuery,
}

/** A topic also carries messages of feeds and webhooks: an intake token neither sees nor finds those. */
const isHidden = `{bound:String} != '' and not startsWith(source, 'intake:')`

const statement = `
select
  received_at, toUnixTimestamp64Milli(received_at) as received_ms, instance, source, partition,
  offset, reason, detail, excerpt, digest, bytes
from rejected final
where tenant = {tenant:String}
  and ({instance:String} = '' or instance = {instance:String})
  and ({source:String} = '' or source = {source:String})
  and ({bound:String} = '' or (instance = {bound:String} and source in {own:Array(String)}))
  and ({reason:String} = '' or reason = {reason:String})
  and received_at >= {from:DateTime64(3)} and received_at < {to:DateTime64(3)}
  and ({q:String} = ''
    or arrayExists(text -> positionCaseInsensitiveUTF8(text, {q:String}) > 0,
      [toString(source), toString(reason), detail, digest, if(${isHidden}, '', excerpt)]))
  and (received_ms < {after_ms:Int64} or (received_ms = {after_ms:Int64} and
    (instance, source, partition, offset) >
      ({after_instance:String}, {after_source:String}, {after_partition:UInt32}, {after_offset:UInt64})))
order by received_ms desc, instance, source, partition, offset
limit {most:UInt32}`

const start: CursorKey = [Number.MAX_SAFE_INTEGER, '', '', 0, 0]

/** Messages that could not be events, for the operators of their producer. */
export const route: Route = {
  id: 'rejected',
  mount: (server, { ask, instancesOf }) => {
    server.get(
      '/v1/rejected',
      {
        config: { admits: 'rejected' },
        schema: {
          operationId: 'listRejected',
          summary: 'Messages that could not be events, newest first',
          description: 'An intake token sees those of its own instance that came by intake.',
          tags: ['operation'],
          querystring: closedObject({ ...filterQuery, ...pageQuery }),
          response: answers({ 200: Page(RejectedEntry) }),
        },
      },
      async (request) => {
        const { limit, cursor, ...filters } = request.query
        const { from, to, q = '', ...words } = filters
        const { tenant, instance: bound, relayTopic } = principalOf(request)
        // An intake token must not learn of other instances, not even that there is none.
        const among = bound === '' ? instancesOf : () => [words.instance ?? '']
        await refuseUnknownInstance({ ask, tenant, instance: words.instance, instancesOf: among })
        const paging = readPaging({ list: 'rejected', filters, start, limit, cursor })
        // An intake token sees the errors of its own messages, and nothing from other sources.
        const own = bound === '' ? [] : [`intake:events:${bound}`, `kafka:${relayTopic}`]
        const [ms = 0, instance = '', source = '', partition = 0, offset = 0] = paging.after
        const rows = await ask(statement, {
          instance: '',
          source: '',
          reason: '',
          ...words,
          ...periodOf({ from, to }),
          q,
          bound,
          tenant,
          own,
          after_ms: Number(ms),
          after_instance: String(instance),
          after_source: String(source),
          after_partition: Number(partition),
          after_offset: Number(offset),
          most: paging.most,
        })
        return paging.page(
          rows.map((row) => toEntry(row, bound !== '')),
          (entry) => [
            Date.parse(entry.received_at),
            entry.instance,
            entry.source,
            entry.partition,
            entry.offset,
          ],
        )
      },
    )
  },
}

function toEntry(row: Row, isBringer: boolean) {
  const isShared = isBringer && !text(row, 'source').startsWith('intake:')
  return {
    received_at: isoTime(row, 'received_at'),
    instance: text(row, 'instance'),
    source: text(row, 'source'),
    partition: number(row, 'partition'),
    offset: number(row, 'offset'),
    reason: text(row, 'reason'),
    detail: text(row, 'detail'),
    excerpt: isShared ? '' : excerptOf(row),
    digest: text(row, 'digest'),
    bytes: number(row, 'bytes'),
  }
}

/**
 * The only text of the API that is a whole foreign message, so it is safe even as HTML between tags.
 * Quotes are left to the JSON encoding.
 */
function excerptOf(row: Row): string {
  const entities: { readonly [character: string]: string } = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
  }
  const excerpt = text(row, 'excerpt')
  // Bytes that are no text are stored as their numbers, which are no letters.
  const shown = text(row, 'reason') === 'not_utf8' ? excerpt : plainExcerpt(excerpt)
  return shown.replace(/[&<>]/g, (character) => entities[character] ?? '')
}
