import type { Static, TSchema } from 'typebox'
import { Value } from 'typebox/value'
import type { ProviderAnswer } from './exchange.ts'
import { malformed } from './exchange.ts'

/** The items of a list whose names can be read, and how many there are whose names cannot. */
export interface ListedItems<Item> {
  readonly items: readonly Item[]
  readonly unreadable: number
}

/**
 * Reads the items of a provider's list one by one. `names` is the shape of what names a session and
 * whose it is; everything else only describes it and is left to `textOrNone` and `timeOrNull`, so
 * that one odd field does not hide all other sessions of the list.
 *
 * @throws CurfewError ENFORCE_MALFORMED where there are items and none of them can be read.
 */
export function itemsOf<Names extends TSchema>(
  names: Names,
  list: readonly unknown[],
  answer: ProviderAnswer,
): ListedItems<Static<Names>> {
  const items: Static<Names>[] = []
  for (const item of list) if (Value.Check(names, item)) items.push(item)
  if (items.length === 0 && list.length > 0) {
    throw malformed(answer, 'a list of which no session has a name')
  }
  return { items, unreadable: list.length - items.length }
}

/** A describing text; undefined for what is none. */
export function textOrNone(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
