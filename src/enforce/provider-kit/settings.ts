import type { Static, TSchema } from 'typebox'
import { Type } from 'typebox'
import { Value } from 'typebox/value'
import { CurfewError } from '../../contract/errors.ts'

/** An address without credentials, query and fragment; a slash at its end makes no difference. */
export const BaseUrl = Type.String({
  pattern: '^https?://[^\\s/?#@\\\\]+(/[^\\s?#\\\\]*)?$',
  maxLength: 2048,
  description: 'Address of the API, such as https://idp.example.com.',
})

/** A name the provider gave: no control characters, nor blanks around it. */
export const Name = Type.String({
  pattern: '^[^\\s\\p{Cc}](?:[^\\p{Cc}]*[^\\s\\p{Cc}])?$',
  maxLength: 256,
})

/** Visible ASCII only, since anything else is refused in a header with a message that repeats it. */
export const Secret = Type.String({
  pattern: '^[\\x21-\\x7e]+$',
  maxLength: 8192,
  description: 'A credential, already resolved from its file or variable. Never logged.',
})

/**
 * The settings of one provider as its schema describes them.
 *
 * @throws CurfewError SETTINGS_INVALID naming the fields and never their values.
 */
export function settingsAs<Schema extends TSchema>(
  schema: Schema,
  given: unknown,
  provider: string,
): Static<Schema> {
  if (Value.Check(schema, given)) return given
  const problems = Value.Errors(schema, given).map(
    ({ instancePath, message }) => `${instancePath || 'the settings'} ${message}`,
  )
  throw new CurfewError(
    'SETTINGS_INVALID',
    `The settings of provider ${provider} are not as expected: ${problems.join('; ')}. Mend them and start again.`,
  )
}

export function withoutEndSlash(url: string): string {
  return url.replace(/\/+$/, '')
}
