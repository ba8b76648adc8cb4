import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { CurfewError } from '../contract/errors.ts'

/**
 * Loads every file of a catalogue folder: each exports one constant, named after the kind, whose
 * `id` is its file name. Sorted by name, so that the order never depends on the file system. With
 * `only`, at most the entry of that id.
 *
 * @throws CurfewError CATALOG_INVALID naming the file, what was expected and what was found.
 */
export async function loadCatalog<Entry extends { readonly id: string }>(
  folder: string,
  exportName: string,
  only?: string,
): Promise<readonly Entry[]> {
  const files = readdirSync(folder)
    .filter((file) => file.endsWith('.ts') && (only === undefined || file === `${only}.ts`))
    .sort()
  const entries: Entry[] = []
  for (const file of files) {
    const loaded: { readonly [name: string]: unknown } = await import(
      pathToFileURL(join(folder, file)).href
    )
    const entry = loaded[exportName]
    const id = basename(file, '.ts')
    if (!isEntry(entry) || entry.id !== id) {
      throw new CurfewError(
        'CATALOG_INVALID',
        `${join(folder, file)} must export a constant \`${exportName}\` whose id is '${id}'; ` +
          `found ${isEntry(entry) ? `id '${entry.id}'` : 'no such export'}. Rename one of them.`,
      )
    }
    // The folder decides the type: each catalogue's own test suite checks every entry against it.
    entries.push(entry as Entry)
  }
  return entries
}

/** The ids of a catalogue's entries, none of which is loaded. Sorted. */
export function idsIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => basename(file, '.ts'))
    .sort()
}

function isEntry(value: unknown): value is { readonly id: string } {
  return (
    typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string'
  )
}
