import type { ProjectFile } from './project.ts'
import { typeScriptOf } from './project.ts'
import type { Rule } from './rule.ts'

const linesMax = 300

export const lengthRule: Rule = {
  title: `a file has at most ${linesMax} lines, tests included`,
  check: (files) =>
    typeScriptOf(files).flatMap(({ path, text }) => {
      const lines = text.replace(/\n$/, '').split('\n').length
      return lines > linesMax ? [`${path} has ${lines} lines`] : []
    }),
  plants: [
    {
      name: 'a file of 301 lines beside one of 300',
      files: {
        'src/detect/detect.ts': 'line\n'.repeat(300),
        'test/detect/detect.test.ts': 'line\n'.repeat(301),
        'package-lock.json': 'line\n'.repeat(5_000),
      },
      finds: ['test/detect/detect.test.ts has 301 lines'],
    },
  ],
}

// Put together here, or this file would be the one that says them.
const homes = ['work', 'root'].map((folder) => `/${folder}/`)
const outside = ['..', 'shared'].join('/')
const machine = new RegExp(`(?<![\\w.~}-])(${homes.join('|')})|${outside.replaceAll('.', '\\.')}`)

export const machineRule: Rule = {
  title: 'no file names a place on the machine on which it was written',
  check: (files) => grep(files, machine),
  plants: [
    {
      name: 'paths of a machine in code, documents and data',
      files: {
        'src/config/settings.ts': `const path = '${homes[0]}main/data'\n`,
        'README.md': `first line\nsee ${outside}/notes.md\n`,
        Dockerfile: `COPY . ${homes[1]}app\n`,
        'CHANGELOG.md': 'shared work at the root of the framework\n',
        'src/show/route.ts': "server.get('/v1/work/:id')\n",
      },
      finds: [
        `src/config/settings.ts:1 says ${homes[0]}`,
        `README.md:2 says ${outside}`,
        `Dockerfile:1 says ${homes[1]}`,
      ],
    },
  ],
}

export const leftoverRule: Rule = {
  title: 'nothing in the code is left for later',
  check: (files) =>
    grep(files.filter(isCode), /\b(?:TODO|FIXME|XXX|HACK)\b|\b[Nn]ot (?:yet )?implemented\b/),
  plants: [
    {
      name: 'notes to oneself',
      files: {
        'src/enforce/enforce.ts': [
          '// TODO: waves',
          'const todo = 1',
          "throw new Error('Not implemented')",
        ].join('\n'),
        'dashboards/session.ts': '/* FIXME */\n',
        'test/enforce/enforce.test.ts': '// TODO: is a word like any other here\n',
      },
      finds: [
        'src/enforce/enforce.ts:1 says TODO',
        'src/enforce/enforce.ts:3 says Not implemented',
        'dashboards/session.ts:1 says FIXME',
      ],
    },
  ],
}

const silencing =
  /@ts-(?:ignore|expect-error|nocheck)|\bas any\b|\bbiome-ignore\S*(?! [\w/]+: \w)(?=\s)/

export const silencingRule: Rule = {
  title: 'the checks of the code are never silenced without a reason',
  check: (files) => {
    const code = files.filter(isCode)
    return [...grep(code, silencing), ...code.flatMap(unexplainedCasts)]
  },
  plants: [
    {
      name: 'checks that were told to look away',
      files: {
        'src/show/show.ts': [
          '// @ts-ignore',
          'const a = b as any',
          '// biome-ignore lint/suspicious/noConsole: the command prints',
          '// biome-ignore lint/suspicious/noConsole',
          '// @ts-expect-error no types',
        ].join('\n'),
        'src/store/store.ts': [
          '// One interface, declared in two packages.',
          'const a = b as unknown as C',
          'const d = e as unknown as F',
        ].join('\n'),
      },
      finds: [
        'src/show/show.ts:1 says @ts-ignore',
        'src/show/show.ts:2 says as any',
        'src/show/show.ts:4 says biome-ignore',
        'src/show/show.ts:5 says @ts-expect-error',
        'src/store/store.ts:3 casts by way of unknown without saying why on the line before',
      ],
    },
  ],
}

/** V8 refuses a call with some 120,000 arguments, with an error that says nothing of them. */
const spreadCall = /\b(?:push|unshift|concat|max|min)\((?:[^()[\]{}]*, )?\.\.\./

export const spreadRule: Rule = {
  title: 'no list becomes the arguments of a call, so none can be too long for one',
  check: (files) => grep(files.filter(isCode), spreadCall),
  plants: [
    {
      name: 'lists that are handed over as arguments',
      files: {
        'src/enforce/observe/batch-loader.ts': [
          'items.push(...more)',
          'items.unshift(first, ...more)',
          'const last = Math.max(...instants)',
          'const rest = [...items, ...more]',
          'for (const each of more) items.push(each)',
        ].join('\n'),
      },
      finds: [
        'src/enforce/observe/batch-loader.ts:1 says push(...',
        'src/enforce/observe/batch-loader.ts:2 says unshift(first, ...',
        'src/enforce/observe/batch-loader.ts:3 says max(...',
      ],
    },
  ],
}

function unexplainedCasts({ path, text }: ProjectFile): readonly string[] {
  const lines = text.split('\n')
  return lines.flatMap((line, index) => {
    const before = lines[index - 1]?.trim() ?? ''
    return /\bas unknown as\b/.test(line) && !/^(\/\/|\*)/.test(before)
      ? [`${path}:${index + 1} casts by way of unknown without saying why on the line before`]
      : []
  })
}

const isCode = ({ path }: ProjectFile) => /^(src|dashboards|bench)\/.*\.ts$/.test(path)

/** Every line that says it, with what exactly it says. */
function grep(files: readonly ProjectFile[], words: RegExp): readonly string[] {
  return files.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => {
      const said = words.exec(line)?.[0]
      return said === undefined ? [] : [`${path}:${index + 1} says ${said}`]
    }),
  )
}
