import { describe, expect, it } from 'vitest'
import { catalogueRule, catalogues, openerRule, openers } from './architecture/catalogues.ts'
import {
  clockOfTheMachine,
  lastingStoreRule,
  portRule,
  testClockRule,
  timedFromOutside,
  zoneRule,
} from './architecture/clocks.ts'
import { connectorRule, mayName, nameOfProviderRule } from './architecture/connectors.ts'
import { cycleRule, folderCycleRule } from './architecture/cycles.ts'
import { computedImportRule, doorRule, importRule, startRule } from './architecture/import-rule.ts'
import { importTable, otherDoors } from './architecture/import-table.ts'
import { importsOf, isIn } from './architecture/imports.ts'
import { nameRule, stageDoorRule } from './architecture/names.ts'
import { dependencyRule, fenceRule } from './architecture/packages.ts'
import { codeOf, readProject } from './architecture/project.ts'
import { retiredWordRule } from './architecture/retired-words.ts'
import type { Rule } from './architecture/rule.ts'
import { filesOf } from './architecture/rule.ts'
import { everyTestRule, expectationRule } from './architecture/tests.ts'
import {
  leftoverRule,
  lengthRule,
  machineRule,
  silencingRule,
  spreadRule,
} from './architecture/texts.ts'

const rules: readonly Rule[] = [
  importRule,
  doorRule,
  startRule,
  computedImportRule,
  fenceRule,
  dependencyRule,
  nameRule,
  retiredWordRule,
  stageDoorRule,
  catalogueRule,
  connectorRule,
  nameOfProviderRule,
  openerRule,
  cycleRule,
  folderCycleRule,
  lengthRule,
  machineRule,
  leftoverRule,
  silencingRule,
  spreadRule,
  expectationRule,
  everyTestRule,
  portRule,
  testClockRule,
  lastingStoreRule,
  zoneRule,
]

const project = readProject('.')

/** A guard that saw nothing would find nothing: what must have been seen before it is believed. */
function expectToHaveLooked(): void {
  const paths = project.map(({ path }) => path)
  const code = codeOf(project)
  const imports = importsOf(code)
  expect(code.length).toBeGreaterThan(100)
  expect(paths.filter((path) => path.endsWith('.test.ts')).length).toBeGreaterThan(40)
  expect(imports.filter(({ kind }) => kind === 'file').length).toBeGreaterThan(code.length)
  expect(imports.filter(({ kind }) => kind === 'package').length).toBeGreaterThan(20)
  for (const folder of [...Object.keys(catalogues), openers]) {
    expect(paths, folder).toContainEqual(expect.stringMatching(`^${folder}[a-z0-9-]+\\.ts$`))
  }
}

describe.each(rules)('$title', ({ check, plants }) => {
  it('in the whole project', () => {
    expectToHaveLooked()
    expect(check(project)).toEqual([])
  })

  it.each(plants)('and finds $name', (plant) => {
    expect(plant.finds).not.toEqual([])
    expect(check(filesOf(plant))).toEqual(plant.finds)
  })
})

describe('the list of tests that are timed from outside', () => {
  it('names only what reads the time of the machine', () => {
    const readers = project.filter(({ text }) => text.search(clockOfTheMachine) >= 0)
    const idle = Object.keys(timedFromOutside).filter(
      (place) => !readers.some(({ path }) => path.startsWith(place)),
    )
    expect(idle).toEqual([])
  })
})

const isSameStage = (one: string, other: string) => one.split('/')[1] === other.split('/')[1]

describe('the list of places that may name a provider', () => {
  it('names only places that there are', () => {
    const places = Object.keys(mayName)
    expect(places.filter((place) => !project.some(({ path }) => isIn(path, [place])))).toEqual([])
  })
})

describe('the import table', () => {
  it('names only places that there are, and doors that somebody enters by', () => {
    const paths = project.map(({ path }) => path)
    const places = importTable.map(({ of }) => of)
    expect(places.filter((place) => !paths.some((path) => isIn(path, [place])))).toEqual([])
    const entered = importsOf(codeOf(project)).filter(({ from, to }) => !isSameStage(from, to))
    const doors = Object.keys(otherDoors)
    expect(doors.filter((door) => !entered.some(({ to }) => isIn(to, [door])))).toEqual([])
  })

  it('is read in all forms that an import has', () => {
    const text = [
      "import { a } from './a.ts'",
      "import type { B } from './b.ts'",
      'import {',
      '  c,',
      "} from '../c.ts'",
      "import 'node:fs'",
      "export { d } from './d.ts'",
      "export * as e from '@scope/e/deep'",
      "const f = await import('f/deep')",
      "const g = require('g')",
      "type H = import('./h.ts').H",
      "import i, * as j from 'i'",
      "// import { no } from './no.ts'",
      " * import { no } from './no.ts'",
      "const k = from('./no.ts')",
    ].join('\n')
    const found = importsOf([{ path: 'src/x/y.ts', text }])
    expect(
      found.map(({ to, kind, isTypeOnly }) => `${kind} ${to}${isTypeOnly ? ' type' : ''}`),
    ).toEqual([
      'file src/x/a.ts',
      'file src/x/b.ts type',
      'file src/c.ts',
      'file src/x/d.ts',
      'package @scope/e',
      'package i',
      'node node:fs',
      'package f',
      'package g',
      'file src/x/h.ts',
    ])
  })
})
