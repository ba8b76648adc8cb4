import { posix } from 'node:path'
import { doorOf, stages } from './import-table.ts'
import { typeScriptOf } from './project.ts'
import type { Rule } from './rule.ts'

/** Words that say nothing about what is inside, and so gather everything. */
const vague = new Set([
  'util',
  'utils',
  'helper',
  'helpers',
  'common',
  'misc',
  'shared',
  'manager',
  'service',
  'processor',
])

const kebab = /^[a-z0-9]+(-[a-z0-9]+)*$/

export const nameRule: Rule = {
  title: 'a file or folder is named in kebab-case by what it is, never by a word for anything',
  check: (files) => {
    const paths = typeScriptOf(files).map(({ path }) => path)
    const folders = new Set(paths.flatMap(foldersOf))
    return [...folders, ...paths].flatMap((path) => {
      const name = posix.basename(path).replace(/(\.int)?(\.test)?\.ts$/, '')
      const word = name.split(/[^A-Za-z0-9]/).find((part) => vague.has(part.toLowerCase()))
      return [
        ...(word === undefined ? [] : [`${path} says ${word}`]),
        ...(kebab.test(name) ? [] : [`${path} is not in kebab-case`]),
      ]
    })
  },
  plants: [
    {
      name: 'vague and misspelt names of files and folders',
      files: {
        'src/show/render/csv.ts': '',
        'src/source/kafka-utils.ts': '',
        'src/shared/time.ts': '',
        'src/enforce/orderManager.ts': '',
        'src/detect/Detectors/used_twice.ts': '',
        'test/show/csv.int.test.ts': '',
        'test/parts/helper.test.ts': '',
        'schemas/clickhouse/0001_events.sql': '',
      },
      finds: [
        'src/shared says shared',
        'src/detect/Detectors is not in kebab-case',
        'src/source/kafka-utils.ts says utils',
        'src/enforce/orderManager.ts is not in kebab-case',
        'src/detect/Detectors/used_twice.ts is not in kebab-case',
        'test/parts/helper.test.ts says helper',
      ],
    },
  ],
}

function foldersOf(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1)
  return parts.map((_, depth) => parts.slice(0, depth + 1).join('/'))
}

export const stageDoorRule: Rule = {
  title: 'every stage has a door that bears its name, and no folder has an index',
  check: (files) => {
    const paths = new Set(files.map(({ path }) => path))
    return [
      ...stages
        .map(doorOf)
        .filter((door) => !paths.has(door))
        .map((door) => `${door} is missing`),
      ...[...paths]
        .filter((path) => /(^|\/)index\.[cm]?[jt]s$/.test(path))
        .map((path) => `${path} is an index`),
    ]
  },
  plants: [
    {
      name: 'a stage without a door, and a barrel',
      files: {
        ...Object.fromEntries(
          stages.filter((stage) => stage !== 'impose').map((stage) => [doorOf(stage), '']),
        ),
        'src/impose/condemn.ts': '',
        'src/contract/index.ts': "export * from './event.ts'\n",
      },
      finds: ['src/impose/impose.ts is missing', 'src/contract/index.ts is an index'],
    },
  ],
}
