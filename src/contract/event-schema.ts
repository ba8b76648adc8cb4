import type { Static, TSchema } from 'typebox'
import { Type } from 'typebox'
import type { EventField } from './event-fields.ts'
import { eventFields, kindWords, lengths } from './event-fields.ts'

/** Meaning of a field, who fills it in where that is not the producer, and how strict it is. */
export const describe = (field: EventField, description: string, by = '') =>
  `${description}${by === '' ? '' : ` Filled by: ${by}.`} ${kindWords[eventFields[field]]}`

/**
 * Descriptive fields have types and no bounds: a broker or gateway that validates messages against this
 * schema must not drop one for a value that a client chose.
 */
type Optional<Value> = Value | null | undefined
const nullable = <Value>(rest: object) =>
  Type.Optional(Type.Unsafe<Optional<Value>>({ type: ['string', 'null'], ...rest }))
const numberOrText = { anyOf: [{ type: 'number' }, { type: ['string', 'null'] }] } as const

export const name = (field: EventField, description: string, example: string) =>
  Type.String({
    minLength: 1,
    maxLength: lengths.idLengthMax,
    pattern: '\\S',
    description: describe(field, description),
    examples: [example],
  })
export const optionalName = (field: EventField, description: string, example: string, by = '') =>
  nullable<string>({
    maxLength: lengths.idLengthMax,
    description: describe(field, description, by),
    examples: [example],
  })
export const text = (field: EventField, description: string, example: string, by = '') =>
  nullable<string>({ description: describe(field, description, by), examples: [example] })
export const time = (field: EventField, description: string, by = '') =>
  Type.Optional(
    Type.Unsafe<Optional<string>>({
      ...numberOrText,
      description: describe(field, description, by),
      examples: ['2026-11-03T09:12:44.120Z'],
    }),
  )
export const number = (field: EventField, description: string, example: number) =>
  Type.Optional(
    Type.Unsafe<Optional<number>>({
      ...numberOrText,
      description: describe(field, description),
      examples: [example],
    }),
  )
export const word = <Words extends { readonly anyOf: readonly { readonly const: string }[] }>(
  field: EventField,
  words: Words & { readonly description?: string; readonly examples?: unknown },
) =>
  Type.Optional(
    Type.Unsafe<Optional<Words['anyOf'][number]['const']>>({
      enum: [...words.anyOf.map((each) => each.const), '', null],
      description: describe(field, words.description ?? ''),
      examples: words.examples ?? [],
    }),
  )
export const part = <Part extends TSchema>(schema: Part, description: string) =>
  Type.Optional(
    Type.Unsafe<Optional<Static<Part>>>({ ...schema, type: ['object', 'null'], description }),
  )
export const open = { additionalProperties: true } as const
