import { existsSync, readdirSync } from 'node:fs'
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
  const ids = idsIn(folder).filter((id) => only === undefined || id === only)
  return load<Entry>(exportName, (id) => join(folder, `${id}.ts`), ids)
}

/**
 * As `loadCatalog`, of a catalogue in which every entry is a folder: loads `<id>/<part>.ts` of each
 * folder that has it, which exports one constant, named after the part, whose `id` is the folder's name.
 *
 * @throws CurfewError CATALOG_INVALID naming the file, what was expected and what was found.
 */
export async function loadFolders<Entry extends { readonly id: string }>(
  folder: string,
  part: string,
): Promise<readonly Entry[]> {
  return load<Entry>(part, (id) => join(folder, id, `${part}.ts`), foldersIn(folder, part))
}

/** The ids of a catalogue's entries, none of which is loaded. Sorted. */
export function idsIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.ts'))
    .map((file) => basename(file, '.ts'))
    .sort()
}

/** The folders of a catalogue that have this part, none of which is loaded. Sorted. */
export function foldersIn(folder: string, part: string): readonly string[] {
  return readdirSync(folder)
    .filter((id) => existsSync(join(folder, id, `${part}.ts`)))
    .sort()
}

async function load<Entry extends { readonly id: string }>(
  exportName: string,
  pathOf: (id: string) => string,
  ids: readonly string[],
): Promise<readonly Entry[]> {
  const entries: Entry[] = []
  for (const id of ids) {
    const path = pathOf(id)
    const loaded: { readonly [name: string]: unknown } = await import(pathToFileURL(path).href)
    const entry = loaded[exportName]
    if (!isEntry(entry) || entry.id !== id) {
      throw new CurfewError(
        'CATALOG_INVALID',
        `${path} must export a constant \`${exportName}\` whose id is '${id}'; ` +
          `found ${isEntry(entry) ? `id '${entry.id}'` : 'no such export'}. Rename one of them.`,
      )
    }
    // The folder decides the type: each catalogue's own test suite checks every entry against it.
    entries.push(entry as Entry)
  }
  return entries
}

function isEntry(value: unknown): value is { readonly id: string } {
  return (
    typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string'
  )
}
