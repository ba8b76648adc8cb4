import type { Static } from 'typebox'
import { Type } from 'typebox'
import type { Noun } from './noun.ts'
import { count, instant, owner, text } from './noun.ts'

/** Why a message cannot be an event. Closed: dashboards and alerts count by these words. */
export const RejectedReason = Type.Union(
  [
    Type.Literal('empty', { description: 'It has no value.' }),
    Type.Literal('too_large', { description: 'It has more bytes than are read.' }),
    Type.Literal('not_utf8', {
      description: 'It is not text, or bytes or an escape in a name are none.',
    }),
    Type.Literal('not_json', { description: 'It is not JSON.' }),
    Type.Literal('duplicate_key', {
      description: 'An object has a key twice, so two parsers could read different values.',
    }),
    Type.Literal('unknown_format', {
      description: 'Neither it nor its source names a format that there is.',
    }),
    Type.Literal('unknown_version', {
      description: 'It is of a version of its format that is not known.',
    }),
    Type.Literal('missing_field', { description: 'A field that its type needs is not there.' }),
    Type.Literal('wrong_type', {
      description: 'A field has another type than in the contract.',
    }),
    Type.Literal('out_of_bounds', {
      description: 'A value is too long, too short, too great or not one of the words.',
    }),
    Type.Literal('implausible_time', {
      description: 'A time that cannot be true: too far ahead, or too far back for the live lane.',
    }),
    Type.Literal('foreign_tenant', {
      description: 'It names a tenant or instance that its source may not name.',
    }),
    Type.Literal('reader_failed', {
      description: 'The reader of its format failed on it: a fault of Curfew, not of its producer.',
    }),
    Type.Literal('refused_by_store', {
      description: 'The store refuses its row however often it is tried.',
    }),
  ],
  { description: 'Why it cannot be an event.' },
)
export type RejectedReason = Static<typeof RejectedReason>

/** A message that cannot be an event: its position, the reason, and a short excerpt. */
export const Rejected = Type.Object(
  {
    ...owner,
    source: text('The source it came by, e.g. kafka:<topic>.'),
    partition: count('Partition of the source.'),
    offset: count('Position within the partition.'),
    receivedAt: instant('When Curfew received it.'),
    reason: RejectedReason,
    detail: text(
      'Which field, or what was found, in words that hold no payload: at most 200 characters.',
    ),
    excerpt: text('At most 512 characters of the message, control characters escaped.'),
    digest: text(
      "SHA-256 of the whole message, 32 hex digits, to match it with the producer's copy.",
    ),
    bytes: count('Size of the whole message in bytes.'),
  },
  {
    $id: 'rejected.v1',
    title: 'Rejected message, version 1',
    description: 'A message that cannot be an event, and why: a row of the table rejected.',
  },
)
export type Rejected = Noun<typeof Rejected>
