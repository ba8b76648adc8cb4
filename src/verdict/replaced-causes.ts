import { replacedIds } from '../contract/cause.ts'
import { askInPages } from '../contract/in-pages.ts'
import type { Ask, AskValues } from '../contract/ports.ts'
import { text } from '../contract/read-row.ts'
import type { Read } from './packed-rows.ts'
import { here, itself } from './packed-rows.ts'

/** Causes of some sessions that may have been replaced. */
export const doubted: Read = {
  table: 'replaced_causes',
  columns: itself('cause_id'),
  found: (ofSessions) =>
    `${here} and cause_id in (select cause_id from curfews prewhere ${ofSessions})`,
}

const among = (until: string) =>
  replacedIds(`${here} and event_id in
    (select event_id from replaced_causes where ${here} and cause_id in {ids:Array(String)}) ${until}`)
const now = among('')
const until = among('and at <= {as_of:DateTime64(3)}')

/** Copies folded by name into one each; those of causes in `replaced` are left out. */
export function foldCopies<Copy extends { readonly causeId: string }>(
  copies: readonly Copy[],
  replaced: ReadonlySet<string>,
  nameOf: (copy: Copy) => string,
  fold: (one: Copy, other: Copy) => Copy,
): readonly Copy[] {
  const folded = new Map<string, Copy>()
  for (const copy of copies) {
    if (replaced.has(copy.causeId)) continue
    const other = folded.get(nameOf(copy))
    folded.set(nameOf(copy), other ? fold(other, copy) : copy)
  }
  return [...folded.values()]
}

/** Of these causes, those that were replaced, or were at `as_of`. */
export async function askReplaced(
  ask: Ask,
  causeIds: ReadonlySet<string>,
  values: AskValues,
): Promise<ReadonlySet<string>> {
  if (causeIds.size === 0) return causeIds
  const statement = values.as_of === undefined ? now : until
  const rows = await askInPages(ask, statement, 'ids', [...causeIds], values)
  return new Set(rows.map((row) => text(row, 'replaced_id')))
}
