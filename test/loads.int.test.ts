import { execFile } from 'node:child_process'
import { globSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

/** These run when they are loaded; `test/commands` and `test/enrich` load them as the programs they are. */
const programs: ReadonlySet<string> = new Set(['src/cli.ts', 'src/enrich/compile-process.ts'])

/** Loads files in Node itself, one after the other, and returns what it complains about. */
async function complaintsAbout(files: readonly string[]): Promise<readonly string[]> {
  const urls = files.map((file) => pathToFileURL(resolve(file)).href)
  const code = `
    for (const url of ${JSON.stringify(urls)}) {
      await import(url).catch((error) => console.log(url + ': ' + error.message.split('\\n')[0]))
    }`
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '-e', code],
    // Nothing is opened by loading, so nothing keeps Node from ending.
    { timeout: 60_000 },
  )
  return `${stdout}${stderr}`.split('\n').filter((line) => line !== '')
}

// The test runner finds names in CommonJS packages that Node itself does not see, and takes syntax
// that Node cannot strip.
test('every file loads in Node itself, without a warning and without doing any work', async () => {
  const files = globSync('{src,dashboards}/**/*.ts').filter((file) => !programs.has(file))
  expect(files.length).toBeGreaterThan(300)
  expect(await complaintsAbout(files)).toEqual([])
})

test('a name that Node does not see, and syntax that it cannot strip, are found', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'loads-'))
  // Files within a folder of packages are never stripped, so the packages are shown from outside.
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'))
  try {
    const plant = (name: string, text: string) => {
      const path = join(folder, name)
      writeFileSync(path, text)
      return path
    }
    const complaints = await complaintsAbout([
      plant('named.ts', "import { CompressionCodecs } from 'kafkajs'\nCompressionCodecs\n"),
      plant('fine.ts', "import kafkajs from 'kafkajs'\nexport const { logLevel } = kafkajs\n"),
      plant('syntax.ts', 'export enum Mood { Good }\n'),
    ])
    expect(complaints).toEqual([
      expect.stringMatching(/named\.ts: .*CompressionCodecs/),
      expect.stringMatching(/syntax\.ts: .*enum/),
    ])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
