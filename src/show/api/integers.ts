import { CurfewError } from '../../contract/errors.ts'

/**
 * Refuses values that the schema library would convert to an integer, such as `true` to 1: `limit=true`
 * would return a list of one row.
 *
 * @param shapes the parameters' schemas, by name.
 * @throws CurfewError SHOW_INVALID
 */
export function refuseOtherNumbers(
  shapes: { readonly [name: string]: unknown },
  given: { readonly [name: string]: unknown },
  place: string,
): void {
  for (const [name, value] of Object.entries(given)) {
    const isInteger = Reflect.get(Object(shapes[name]), 'type') === 'integer'
    if (!isInteger || typeof value !== 'string' || /^-?\d+$/.test(value)) continue
    throw new CurfewError('SHOW_INVALID', `${place}.${name} must be a whole number.`)
  }
}
