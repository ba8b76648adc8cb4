import type { Static, TSchema } from 'typebox'
import { Type } from 'typebox'

/**
 * Builders of the published nouns: every field states its meaning and unit. An
 * unset text is '' and an unset time is null, so that every noun of a kind has the same fields.
 */

/** The static type of a noun; read-only. */
export type Noun<Schema extends TSchema> = Frozen<Static<Schema>>

type Frozen<Value> = Value extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: Frozen<Value[Key]> }
    : Value

export const text = (description: string) => Type.String({ description })
export const texts = (description: string) => Type.Array(Type.String(), { description })
export const flag = (description: string) => Type.Boolean({ description })
export const count = (description: string) => Type.Integer({ minimum: 0, description })

const epoch = 'Milliseconds since the epoch.'
export const instant = (description: string) =>
  Type.Integer({ description: `${description} ${epoch}` })
export const instantOrNull = (description: string) =>
  Type.Union([Type.Integer(), Type.Null()], { description: `${description} ${epoch}` })

/** The two fields that identify the owner of a noun; the first of every key. */
export const owner = {
  tenant: text('Owner of the data.'),
  instance: text('Connection to an identity provider within the tenant.'),
}
