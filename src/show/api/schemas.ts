import type { TProperties, TSchema } from 'typebox'
import { Type } from 'typebox'
import { idLengthMax } from '../../contract/session-event-v1.ts'
import { Problem } from './problem.ts'

/** Parts of the API's schemas that several routes use. */

export const pageSizeDefault = 50
export const pageSizeMax = 500

export const closed = { additionalProperties: false } as const

export const Instant = Type.String({ format: 'date-time', description: 'ISO 8601, UTC.' })
export const InstantOrNull = Type.Union([Instant, Type.Null()])

/** A text of a filter or path, as long as the longest id. */
export const Name = (description: string) =>
  Type.String({ minLength: 1, maxLength: idLengthMax, description })

/** A text to search for in a list. */
export const TextFilter = Type.Optional(
  Type.String({
    minLength: 1,
    maxLength: 200,
    description:
      'Only rows that contain this text, ignoring case: in ids, codes and reasons, and in id or e-mail of the person where the token may read names.',
  }),
)

/** The same, for a list without people. */
export const OwnTextFilter = Type.Optional(
  Type.String({
    minLength: 1,
    maxLength: 200,
    description: 'Only rows that contain this text, ignoring case, in any of their fields.',
  }),
)

/** Page parameters of a list. */
export const pageQuery = {
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: pageSizeMax,
      default: pageSizeDefault,
      description: 'Rows per page.',
    }),
  ),
  cursor: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 4_096,
      description: '`next` of the previous page, with the same filters.',
    }),
  ),
}

/** One page: its rows, and the cursor of the next page, null on the last one. */
export const Page = <Entry extends TSchema>(entry: Entry) =>
  Type.Object(
    {
      items: Type.Array(entry),
      next: Type.Union([Type.String(), Type.Null()], {
        description: 'Cursor of the next page; null on the last page.',
      }),
    },
    closed,
  )

const failure = (description: string) => ({
  description,
  content: { 'application/problem+json': { schema: Problem } },
})

/** Answers of a route: its own, and problem details for every failure. */
export const answers = <Own extends { readonly [status: number]: TSchema }>(own: Own) => ({
  ...own,
  '4xx': failure('The request cannot be answered as it is.'),
  '5xx': failure('The request cannot be answered now.'),
})

export const closedObject = <Properties extends TProperties>(properties: Properties) =>
  Type.Object(properties, closed)
