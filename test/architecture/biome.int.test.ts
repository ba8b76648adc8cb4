import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/** Each file breaks one rule, or would if an exception of the settings did not hold for it. */
const planted: { readonly [path: string]: { readonly text: string; readonly breaks?: string } } = {
  'src/cycle-a.ts': {
    text: "import { b } from './cycle-b.ts'\n\nexport const a = () => b\n",
    breaks: 'suspicious/noImportCycles',
  },
  'src/cycle-b.ts': {
    text: "import { a } from './cycle-a.ts'\n\nexport const b = () => a\n",
    breaks: 'suspicious/noImportCycles',
  },
  'src/long-file.ts': {
    text: `export const rows = [\n${'  1,\n'.repeat(299)}]\n`,
    breaks: 'style/noExcessiveLinesPerFile',
  },
  'src/file-of-300.ts': { text: `export const rows = [\n${'  1,\n'.repeat(298)}]\n` },
  'src/long-function.ts': {
    text: functionOf(51),
    breaks: 'complexity/noExcessiveLinesPerFunction',
  },
  'src/function-of-50.ts': { text: functionOf(50) },
  'test/long-function.ts': { text: functionOf(51) },
  'src/default-export.ts': { text: 'export default 1\n', breaks: 'style/noDefaultExport' },
  'src/barrel.ts': {
    text: "export { rows } from './file-of-300.ts'\n",
    breaks: 'performance/noBarrelFile',
  },
  'src/environment.ts': {
    text: 'export const home = process.env.HOME\n',
    breaks: 'style/noProcessEnv',
  },
  'src/config/settings.ts': { text: 'export const home = process.env.HOME\n' },
  'test/environment.ts': { text: 'export const home = process.env.HOME\n' },
  'src/assertion.ts': {
    text: 'export const first = (list: string[]) => list[0]!.length\n',
    breaks: 'style/noNonNullAssertion',
  },
  'src/anything.ts': {
    text: 'export const first = (list: any) => list\n',
    breaks: 'suspicious/noExplicitAny',
  },
  'src/console.ts': { text: "console.log('here')\n", breaks: 'suspicious/noConsole' },
  'src/enumeration.ts': { text: 'export enum Kind {\n  A = 1,\n}\n', breaks: 'style/noEnum' },
  'src/extension.ts': {
    text: "import { rows } from './file-of-300'\n\nexport const count = rows.length\n",
    breaks: 'correctness/useImportExtensions',
  },
  'src/protocol.ts': {
    text: "import { join } from 'path'\n\nexport const path = join('a', 'b')\n",
    breaks: 'style/useNodejsImportProtocol',
  },
  'src/type-inside.ts': {
    text: "import { type Stats, statSync } from 'node:fs'\n\nexport const stats: Stats = statSync('.')\n",
    breaks: 'style/useImportType',
  },
  'src/unused-import.ts': {
    text: "import { join } from 'node:path'\n\nexport const path = 'a/b'\n",
    breaks: 'correctness/noUnusedImports',
  },
  'src/unused-variable.ts': {
    text: 'const a = 1\n\nexport const b = 2\n',
    breaks: 'correctness/noUnusedVariables',
  },
  'src/camelCase.ts': {
    text: 'export const a = 1\n',
    breaks: 'style/useFilenamingConvention',
  },
  'src/floating.ts': {
    text: 'async function later() {}\n\nexport function now() {\n  later()\n}\n',
    breaks: 'nursery/noFloatingPromises',
  },
}

/** A function with so many lines between its braces, blank ones not counted. */
function functionOf(lines: number): string {
  return `export function count(of: number[]) {\n${'  of.push(1)\n\n'.repeat(lines)}}\n`
}

const run = promisify(execFile)
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'planted-'))
  cpSync('biome.json', join(folder, 'biome.json'))
  cpSync('.gitignore', join(folder, '.gitignore'))
  for (const [path, { text }] of Object.entries(planted)) {
    mkdirSync(join(folder, dirname(path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
})

afterAll(() => rmSync(folder, { recursive: true }))

/** What the linter refuses, by file. Its exit code is not zero when it refuses anything. */
async function refused(): Promise<{ readonly [path: string]: readonly string[] }> {
  const { stdout } = await run(
    resolve('node_modules/.bin/biome'),
    ['lint', '--reporter=json', '--max-diagnostics=none', '.'],
    { cwd: folder },
  ).catch((error: { readonly stdout: string }) => error)
  const report: Report = JSON.parse(stdout)
  const errors = report.diagnostics.filter(({ severity }) => severity === 'error')
  const byFile = Map.groupBy(errors, ({ location }) => location.path)
  return Object.fromEntries(
    [...byFile].map(([path, found]) => [path, found.map(({ category }) => category)]),
  )
}

interface Report {
  readonly diagnostics: readonly {
    readonly severity: string
    readonly category: string
    readonly location: { readonly path: string }
  }[]
}

describe('the linter with the settings of this project', () => {
  it('refuses each planted violation, and nothing where there is none', async () => {
    const expected = Object.entries(planted).flatMap(([path, { breaks }]) =>
      breaks === undefined ? [] : [[path, [`lint/${breaks}`]]],
    )
    expect(expected.length).toBeGreaterThan(15)
    expect(await refused()).toEqual(Object.fromEntries(expected))
  })
})
