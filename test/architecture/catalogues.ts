import { posix } from 'node:path'
import type { ProjectFile } from './project.ts'
import type { Rule } from './rule.ts'

/** Folders of which every file is one entry, and the constant that each exports. */
export const catalogues: { readonly [folder: string]: string } = {
  'src/decode/formats/': 'format',
  'src/decode/envelopes/': 'envelope',
  'src/detect/detectors/': 'detector',
  'src/detect/sweeps/': 'sweep',
  'src/enforce/guards/': 'guard',
  'src/commands/list/': 'command',
  'src/show/routes/': 'route',
  'src/show/reports/': 'report',
}

/** Sources are opened with what they need, so their files export functions that open them. */
export const openers = 'src/source/sources/'

export const catalogueRule: Rule = {
  title: 'a file of a catalogue exports its one constant, whose id is the name of the file',
  check: (files) =>
    Object.entries(catalogues).flatMap(([folder, constant]) =>
      files
        .filter(({ path }) => path.startsWith(folder))
        .flatMap((file) => faults(file, folder, constant)),
    ),
  plants: [
    {
      name: 'an entry with another name, another id, more exports or none',
      files: {
        'src/enforce/guards/mode.ts': "export const guard: Guard = {\n  id: 'mode',\n}\n",
        'src/enforce/guards/waves.ts': "export const waves: Guard = {\n  id: 'waves',\n}\n",
        'src/enforce/guards/certain.ts': "export const guard: Guard = {\n  id: 'sure',\n}\n",
        'src/detect/sweeps/survivor.ts': [
          "const row = { id: 'row' }",
          "export const sweep: Sweep = { id: 'survivor', row }",
          'export interface Row {}',
        ].join('\n'),
        'src/show/routes/health.ts': 'export default {}\n',
        'src/show/reports/monthly/debt.ts': "export const report: Report = { id: 'debt' }\n",
        'src/decode/formats/okta.ts': 'export const format: Format = { title }\n',
      },
      finds: [
        "src/decode/formats/okta.ts has no id; expected 'okta'",
        'src/detect/sweeps/survivor.ts exports const sweep, interface Row; expected const sweep',
        'src/enforce/guards/waves.ts exports const waves; expected const guard',
        "src/enforce/guards/certain.ts has the id 'sure'; expected 'certain'",
        'src/show/routes/health.ts exports default; expected const route',
        'src/show/reports/monthly/debt.ts is too deep for the catalogue to find',
      ],
    },
  ],
}

function faults({ path, text }: ProjectFile, folder: string, constant: string): readonly string[] {
  if (path.slice(folder.length).includes('/')) {
    return [`${path} is too deep for the catalogue to find`]
  }
  const found = exportsOf(text).join(', ')
  const expected = `const ${constant}`
  if (found !== expected) return [`${path} exports ${found || 'nothing'}; expected ${expected}`]
  const name = posix.basename(path, '.ts')
  const id = /\bid: '([^']*)'/.exec(text.slice(text.indexOf(`export ${expected}`)))?.[1]
  if (id === name) return []
  return [`${path} has ${id === undefined ? 'no id' : `the id '${id}'`}; expected '${name}'`]
}

/** What a file exports, each with its kind: `const sweep`, `interface Row`, `default`, `*`. */
function exportsOf(text: string): readonly string[] {
  const all = text.matchAll(/^export (?:declare |async )*(\w+|\*|\{[^}]*\})(?: (\w+))?/gm)
  return [...all].map(([, kind = '', name = '']) =>
    kind === 'default' || name === '' || name === 'from' ? kind : `${kind} ${name}`,
  )
}

export const openerRule: Rule = {
  title: 'a file of source/sources exports only functions that open a source, and their types',
  check: (files) =>
    files
      .filter(({ path }) => path.startsWith(openers))
      .flatMap(({ path, text }) => {
        const values = exportsOf(text).filter((each) => !/^(interface|type) /.test(each))
        const strange = values.filter((each) => !/^function open[A-Z]/.test(each))
        return [
          ...(values.length === 0 ? [`${path} opens nothing`] : []),
          ...strange.map((each) => `${path} exports ${each}`),
        ]
      }),
  plants: [
    {
      name: 'sources that open nothing or give away more',
      files: {
        'src/source/sources/file.ts': [
          'export interface Ports {}',
          'export function openFiles() {}',
          'export async function openFolder() {}',
        ].join('\n'),
        'src/source/sources/kafka.ts': 'export function openKafka() {}\nexport const topics = []\n',
        'src/source/sources/feed.ts': 'export type Feed = string\n',
      },
      finds: [
        'src/source/sources/kafka.ts exports const topics',
        'src/source/sources/feed.ts opens nothing',
      ],
    },
  ],
}
