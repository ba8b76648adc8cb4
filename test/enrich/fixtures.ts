import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Address } from '../../src/enrich/address.ts'
import { addressOf } from '../../src/enrich/address.ts'
import type { MmdbSpec } from './mmdb-writer.ts'
import { mmdbFile } from './mmdb-writer.ts'

/** The instant the tests stand at. */
export const today = Date.parse('2026-11-03T09:00:00.000Z')
export const daysAgo = (days: number): number => today - days * 86_400_000

/** Writes a file that lives as long as the test and returns its path. */
export function aFile(name: string, content: string | Buffer): string {
  const folder = mkdtempSync(join(tmpdir(), 'curfew-enrich-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

export function anMmdb(spec: Partial<MmdbSpec> & Pick<MmdbSpec, 'networks'>): string {
  const whole: MmdbSpec = { ipVersion: 6, databaseType: 'Fixture', builtAt: daysAgo(3), ...spec }
  return aFile('fixture.mmdb', mmdbFile(whole))
}

export function anAddress(text: string): Address {
  const address = addressOf(text)
  if (address === undefined) throw new TypeError(`no address: ${text}`)
  return address
}
