import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const file: { readonly version: string } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'),
)

/** The version of this package. */
export const version: string = file.version
