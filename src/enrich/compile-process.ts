import { renameSync, writeFileSync } from 'node:fs'
import { compileNetworks, compilePlaces } from './compile.ts'
import { encodeTable } from './table.ts'

/**
 * The whole of a process that compiles one table: `places` or `networks`, the package's folder, the
 * path of the table. It appears there whole or not at all.
 */
const [name, from = '', to = ''] = process.argv.slice(2)
const content = name === 'places' ? compilePlaces(from) : compileNetworks(from)
const unfinished = `${to}.${process.pid}.part`
writeFileSync(unfinished, encodeTable(content))
renameSync(unfinished, to)
