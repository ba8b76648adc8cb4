import { globSync, readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { Command as Program } from 'commander'
import { describe, expect, it } from 'vitest'
import type { Command } from '../src/commands/command.ts'
import { settingsSchema } from '../src/config/settings.ts'
import { loadCatalog } from '../src/process/catalog.ts'
import { catalogues, openers } from './architecture/catalogues.ts'
import { importTable, lineFor, stages } from './architecture/import-table.ts'
import type { World } from './docs/checks.ts'
import { problemsIn } from './docs/checks.ts'
import type { Doc } from './docs/markdown.ts'
import { codesIn, linksOf, spansOf, tableUnder } from './docs/markdown.ts'

const read = (path: string): Doc => ({ path, text: readFileSync(path, 'utf8') })
const readme = read('README.md')
const architecture = read('ARCHITECTURE.md')
const contributing = read('CONTRIBUTING.md')
const commandsPage = read('docs/commands.md')
const pages = globSync('docs/*.md').map(read)
const docs = [
  ...[readme, architecture, contributing, read('schemas/README.md'), read('CHANGELOG.md')],
  ...pages,
]

const program = new Program()
for (const command of await loadCatalog<Command>('src/commands/list', 'command')) {
  command.add(program)
}
const manifest: { readonly scripts: { readonly [name: string]: string } } = JSON.parse(
  read('package.json').text,
)
const testVariables = globSync('{test,bench}/**/*.ts').flatMap((path) =>
  path.includes('docs') ? [] : (read(path).text.match(/\bCURFEW_(TEST_[A-Z_]+|SOAK)\b/g) ?? []),
)

const world: World = {
  docs,
  ignored: read('.gitignore')
    .text.split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/\/$/, '')),
  scripts: Object.keys(manifest.scripts),
  commands: Object.fromEntries(
    program.commands.map((each) => [
      each.name(),
      ['--help', ...each.options.map(({ long }) => long ?? '')],
    ]),
  ),
  reports: readdirSync('src/show/reports').map((file) => basename(file, '.ts')),
  variables: new Set([...Object.keys(settingsSchema.properties), ...testVariables]),
  checks: read('biome.json').text + read('tsconfig.json').text,
}

describe('the documents', () => {
  it.each(docs.map((doc) => [doc.path, doc] as const))('%s names only what there is', (_, doc) => {
    expect(problemsIn(doc, world)).toEqual([])
  })

  it('are looked at closely enough to find what is not there', () => {
    const text = [
      'See [one](GONE.md), [two](README.md#gone), `src/gone.ts`, `src/<stage>/gone.ts`, `.gone`,',
      '`noGoneRule`, `npm run gone`, `./curfew gone`, `CURFEW_GONE` and',
      '`./curfew start --gone`. There are `src/main.ts`, `E2`, `.env`, `npm test` and `./curfew start`.',
      '',
      '```sh',
      'A=b npm run gone2 && rm -rf x # npm run gone3',
      './curfew report gone --json',
      'npx vitest run test/gone.test.ts',
      '```',
    ].join('\n')
    expect(problemsIn({ path: 'README.md', text }, world)).toEqual([
      'README.md: GONE.md leads nowhere',
      'README.md: README.md#gone is no heading of README.md',
      'README.md: there is no src/gone.ts',
      'README.md: there is no src/<stage>/gone.ts',
      'README.md: there is no .gone',
      'README.md: no check is called noGoneRule',
      'README.md: npm run gone2 cannot be typed',
      'README.md: rm -rf x cannot be typed',
      'README.md: no report gone',
      'README.md: there is no test/gone.test.ts',
      'README.md: npm run gone cannot be typed',
      'README.md: ./curfew gone cannot be typed',
      'README.md: curfew start has no option --gone',
      'README.md: CURFEW_GONE is read by nobody',
    ])
  })
})

describe('README.md', () => {
  it('leads to every page under docs/ and shows every picture', () => {
    const linked = linksOf(readme).map((link) => link.split('#')[0])
    const there = [...pages.map(({ path }) => path), ...globSync('docs/{,pictures/}*.svg')]
    expect(there.length).toBeGreaterThan(12)
    expect(there.filter((path) => !linked.includes(path))).toEqual([])
  })

  it('is read in five minutes', () => {
    const words = readme.text.split(/\s+/).length
    expect(words).toBeGreaterThan(400)
    expect(words).toBeLessThan(1_200)
  })
})

describe('docs/commands.md', () => {
  it('names every command', () => {
    const names = program.commands.map((command) => command.name())
    expect(names.length).toBeGreaterThan(8)
    expect(names.filter((name) => !commandsPage.text.includes(`./curfew ${name}`))).toEqual([])
  })

  it('names every report', () => {
    expect(world.reports.length).toBeGreaterThan(5)
    expect(world.reports.filter((id) => !spansOf(commandsPage).includes(id))).toEqual([])
  })
})

describe('docs/policy.md', () => {
  const policyPage = read('docs/policy.md')

  it('has a line for every guard and for none that is gone', () => {
    const guards = readdirSync('src/enforce/guards').map((file) => basename(file, '.ts'))
    const rows = tableUnder(policyPage, 'Guards')
    expect(guards.length).toBeGreaterThan(10)
    expect(rows.flatMap(([guard]) => codesIn(guard)).toSorted()).toEqual(guards.toSorted())
  })
})

describe('ARCHITECTURE.md', () => {
  it('has a line for every error code and for none that is gone', () => {
    const codes = read('src/contract/errors.ts').text.match(/(?<=^ {2}\| ')[A-Z_]+(?=')/gm) ?? []
    const rows = tableUnder(architecture, 'Error codes')
    expect(codes.length).toBeGreaterThan(20)
    expect(rows.flatMap(([code]) => codesIn(code)).toSorted()).toEqual(codes.toSorted())
    expect(rows.filter((cells) => cells.length !== 4 || cells.includes(''))).toEqual([])
  })

  it('has a line for every table and view', () => {
    const statements = globSync('schemas/clickhouse/*.sql').map((path) => read(path).text)
    const made = statements.flatMap(
      (text) => text.match(/(?<=^create (table|view) if not exists )\w+/gm) ?? [],
    )
    const told = tableUnder(architecture, 'Stores and tables').flatMap(([name]) => codesIn(name))
    expect(made.length).toBeGreaterThan(15)
    expect(told.toSorted()).toEqual(made.toSorted())
  })

  it('says of every folder of the program which question it answers', () => {
    const asked = tableUnder(architecture, 'Folders').flatMap(([folder]) => codesIn(folder))
    const named = ['contract', ...stages, 'commands'].map((name) => `src/${name}/`)
    expect(named.filter((folder) => !asked.includes(folder))).toEqual([])
  })

  it('has the import table that the code is held to', () => {
    const rest = 'src/any-other.ts'
    const told = tableUnder(architecture, 'Who may import what').flatMap(([of, may, by]) => {
      const places = of?.startsWith('any other') ? [rest] : codesIn(of)
      const allowed = codesIn(may).flatMap((place) =>
        place.includes('<stage>')
          ? stages.map((stage) => place.replaceAll('<stage>', stage))
          : place,
      )
      return places.map((place) => `${place} ← ${allowed.toSorted().join(' ')} ${by}`.trim())
    })
    const held = [...importTable, lineFor(rest)].flatMap((line) =>
      line ? [`${line.of} ← ${line.may.toSorted().join(' ')} ${line.by ?? ''}`.trim()] : [],
    )
    expect(told.toSorted()).toEqual(held.toSorted())
  })
})

describe('CONTRIBUTING.md', () => {
  it('has a recipe for every catalogue, with the constant that its files export', () => {
    const recipes = contributing.text.split('\n\n').filter((part) => part.startsWith('**A'))
    const of = (folder: string) => recipes.find((recipe) => recipe.includes(`\`${folder}<id>.ts\``))
    const lacking = Object.entries(catalogues).filter(
      ([folder, constant]) => !of(folder)?.includes(`exports \`${constant}\``),
    )
    expect(lacking).toEqual([])
    expect(of(openers)).toBeDefined()
    expect(of('dashboards/')).toContain('exports `dashboard`')
  })
})
