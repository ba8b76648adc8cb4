import { posix } from 'node:path'
import type { ProjectFile } from './project.ts'
import { codeOf, withoutComments } from './project.ts'
import type { Rule } from './rule.ts'

const glossaryFile = 'ARCHITECTURE.md'

/** The words of the glossary: the terms it defines, and those that no name may use any more. */
export interface Glossary {
  readonly terms: readonly string[]
  readonly retired: ReadonlySet<string>
}

/** Reads the section "Glossary": the first column of its table, and the line "Retired in names:". */
export function readGlossary(files: readonly ProjectFile[]): Glossary {
  const text = files.find(({ path }) => path === glossaryFile)?.text ?? ''
  const section = /^## Glossary$(.*?)(?=^## |(?![\s\S]))/ms.exec(text)?.[1] ?? ''
  const rows = section.split('\n').filter((line) => /^\| (?!---|term )/.test(line))
  const terms = rows.flatMap((row) =>
    (row.split('|')[1] ?? '').split(',').map((term) => term.trim()),
  )
  const line = /^Retired in names: (.*?)\n\n/ms.exec(`${section}\n\n`)?.[1] ?? ''
  return { terms, retired: new Set([...line.matchAll(/`([a-z]+)`/g)].map(([, word]) => `${word}`)) }
}

/** A name with where it is given. */
interface Named {
  readonly where: string
  readonly name: string
}

/** `lookUpRow`, `look_up_row` and `look-up-row` all give `look`, `up`, `row`. */
function wordsOf(name: string): readonly string[] {
  return name.match(/[A-Z]?[a-z]+|[A-Z]+(?![a-z])/g)?.map((word) => word.toLowerCase()) ?? []
}

function fileNames(files: readonly ProjectFile[]): readonly Named[] {
  return files
    .filter(({ path }) => /^(src|dashboards|bench|test|schemas)\/.*\.(ts|sql)$/.test(path))
    .map(({ path }) => ({ where: path, name: posix.basename(path).replace(/\..*$/, '') }))
}

const exported = /^export (?:async )?(?:abstract )?(?:function|const|class|interface|type) (\w+)/gm
const declaredFunction = /^(?:async )?function (\w+)/gm
const named =
  /\bas ([a-z][a-z0-9_]*)(?=\s*(?:[,;)`]|\n|$)| from\b)|^\s*(?:with )?([a-z][a-z0-9_]*) as \(/gm
const column = /^ {2}([a-z][a-z0-9_]*) [A-Z][A-Za-z0-9]+/gm

function matchesOf({ path, text }: ProjectFile, ...patterns: readonly RegExp[]): readonly Named[] {
  return patterns.flatMap((pattern) =>
    [...text.matchAll(pattern)].map((match) => ({ where: path, name: match[1] ?? match[2] ?? '' })),
  )
}

/** Names of files, exports, functions of a module, columns and subqueries of statements. */
function namesOf(files: readonly ProjectFile[]): readonly Named[] {
  const code = codeOf(files).map(({ path, text }) => ({ path, text: withoutComments(text) }))
  const statements = files
    .filter(({ path }) => /^schemas\/clickhouse\/.*\.sql$/.test(path))
    .map(({ path, text }) => ({ path, text: text.replaceAll(/--.*$/gm, '') }))
  return [
    ...fileNames(files),
    ...code.flatMap((file) => matchesOf(file, exported, declaredFunction, named)),
    ...statements.flatMap((file) => matchesOf(file, named, column)),
  ]
}

/** A term of the glossary may hold a retired word: `look-up` is one, `look` alone is none. */
function retiredIn(name: string, { terms, retired }: Glossary): readonly string[] {
  const compounds = terms.map((term) => wordsOf(term)).filter((words) => words.length > 1)
  const text = compounds.reduce(
    (rest, words) => rest.replaceAll(new RegExp(` ${words.join(' ')}s?(?= )`, 'g'), ''),
    ` ${wordsOf(name).join(' ')} `,
  )
  return text.split(' ').filter((word) => retired.has(word))
}

export const retiredWordRule: Rule = {
  title: 'no file, export, function or column is named with a word that the glossary has retired',
  check: (files) => {
    const glossary = readGlossary(files)
    if (glossary.retired.size === 0) return [`${glossaryFile} retires no word`]
    const found = namesOf(files).flatMap(({ where, name }) =>
      retiredIn(name, glossary).map((word) => `${where}: ${name} uses the retired word ${word}`),
    )
    return [...new Set(found)]
  },
  plants: [
    {
      name: 'retired words in names of files, types, functions and columns',
      files: {
        [glossaryFile]: [
          '## Glossary',
          '',
          '| term | meaning |',
          '|---|---|',
          '| look-up | the place of an address |',
          '',
          'Retired in names: `told` (reported), `look` (poll),',
          '`luck` (tolerated failures).',
          '',
          '## Life of an event',
          '`pair` is no part of the list',
        ].join('\n'),
        'src/enforce/told.ts': 'export const pairsMax = 1\n',
        'test/enforce/look-lately.test.ts': '',
        'src/enforce/lookup.ts': [
          'export interface ToldPair {}',
          'export const lookUpMax = lookUpsMax',
          'export const lookUpsMax = 1',
          'export class Luck {}',
          'function lookAgain() {}',
          '// export const told = 1',
          "const told = 'a private variable may be called so'",
          'const sql = `select min(at) as first_told, max(at) as at`',
        ].join('\n'),
        'schemas/clickhouse/0001_events.sql': [
          '-- what it was told as told',
          'create table if not exists events (',
          '  told_at DateTime64(3),',
          '  look_up_state UInt8',
          ')',
          'with told as (select 1) select at as luck from told',
        ].join('\n'),
      },
      finds: [
        'src/enforce/told.ts: told uses the retired word told',
        'test/enforce/look-lately.test.ts: look-lately uses the retired word look',
        'src/enforce/lookup.ts: ToldPair uses the retired word told',
        'src/enforce/lookup.ts: Luck uses the retired word luck',
        'src/enforce/lookup.ts: lookAgain uses the retired word look',
        'src/enforce/lookup.ts: first_told uses the retired word told',
        'schemas/clickhouse/0001_events.sql: told uses the retired word told',
        'schemas/clickhouse/0001_events.sql: luck uses the retired word luck',
        'schemas/clickhouse/0001_events.sql: told_at uses the retired word told',
      ],
    },
    {
      name: 'a glossary that retires nothing',
      files: { [glossaryFile]: '## Glossary\n\n| term | meaning |\n|---|---|\n| pair | a tie |\n' },
      finds: [`${glossaryFile} retires no word`],
    },
  ],
}
