import { doorOf, lineFor, otherDoors, stages } from './import-table.ts'
import type { Import } from './imports.ts'
import { importsOf, isIn } from './imports.ts'
import type { ProjectFile } from './project.ts'
import { codeOf, withoutComments } from './project.ts'
import type { Rule } from './rule.ts'

export const importRule: Rule = {
  title: 'a file imports only what the import table allows, so that no stage knows another',
  check: (files) => {
    const code = codeOf(files)
    const homeless = code.filter(({ path }) => lineFor(path) === undefined)
    const strays = importsOf(code).filter(({ from, to, kind }) => {
      const line = lineFor(from)
      return kind === 'file' && line !== undefined && !isIn(to, [line.of, ...line.may])
    })
    return [
      ...homeless.map(({ path }) => `${path} has no line in the import table`),
      ...strays.map(({ from, to }) => `${from} imports ${to}`),
    ]
  },
  plants: [
    {
      name: 'a stage that imports another, even if only a type',
      files: {
        'src/detect/detect.ts': "import type { Ask } from '../store/store.ts'\n",
        'src/store/store.ts': "import { identify } from '../contract/identity.ts'\n",
        'src/contract/identity.ts': "import { hash } from 'node:crypto'\n",
      },
      finds: ['src/detect/detect.ts imports src/store/store.ts'],
    },
    {
      name: 'a noun that imports what is made of it',
      files: {
        'src/contract/event.ts': "import type { Lane } from './lane.ts'\n",
        'src/contract/lane.ts': "export * from '../decode/decode.ts'\n",
      },
      finds: ['src/contract/lane.ts imports src/decode/decode.ts'],
    },
    {
      name: 'a simulation that looks at how it is found',
      files: {
        'src/simulate/stories.ts': [
          "import { survivedEnd } from '../detect/detectors/used-after-revoked.ts'",
          "import { targetsOf } from '../runtime/sources.ts'",
          "import type { Cause } from '../contract/cause.ts'",
        ].join('\n'),
      },
      finds: [
        'src/simulate/stories.ts imports src/detect/detectors/used-after-revoked.ts',
        'src/simulate/stories.ts imports src/runtime/sources.ts',
      ],
    },
    {
      name: 'settings that know who uses them, over several lines and by import()',
      files: {
        'src/config/settings.ts':
          "import {\n  openStore,\n  type Store,\n} from '../store/store.ts'\n",
        'src/config/policy.ts': "const { cli } = await import('../cli.ts')\n",
        'src/process/catalog.ts': "export type Journey = import('../journey.ts').Stages\n",
      },
      finds: [
        'src/config/settings.ts imports src/store/store.ts',
        'src/config/policy.ts imports src/cli.ts',
        'src/process/catalog.ts imports src/journey.ts',
      ],
    },
    {
      name: 'code that leans on tests, and a file in a place that nobody decided on',
      files: {
        'src/enrich/enrich.ts': "import { makeClock } from '../../test/given.ts'\n",
        'src/process/clock.ts': "import type { Clock } from '../contract/ports.ts'\n",
        'src/verdicts.ts': "import { openStore } from './store/store.ts'\n",
        'src/prove/prove.ts': '',
        'dashboards/overview.ts': "import { rows } from '../src/record/rows.ts'\n",
      },
      finds: [
        'src/prove/prove.ts has no line in the import table',
        'src/enrich/enrich.ts imports test/given.ts',
        'src/verdicts.ts imports src/store/store.ts',
        'dashboards/overview.ts imports src/record/rows.ts',
      ],
    },
  ],
}

const isStage = (path: string) =>
  isIn(
    path,
    stages.map((stage) => `src/${stage}/`),
  )
const isDoor = (path: string) => stages.some((stage) => path === doorOf(stage))

/** Where a stage is entered otherwise than the importing file may. */
function trespasses({ from, to, kind, isTypeOnly }: Import): boolean {
  const by = lineFor(from)?.by
  if (by === undefined || kind !== 'file' || !isStage(to)) return false
  return by === 'types' ? !isDoor(to) || !isTypeOnly : !isDoor(to) && !isIn(to, keysOf(otherDoors))
}

const keysOf = (table: object): readonly string[] => Object.keys(table)

export const doorRule: Rule = {
  title: 'a stage is entered only by its doors, and the journey knows of it only the types',
  check: (files) =>
    importsOf(codeOf(files))
      .filter(trespasses)
      .map(({ from, to }) =>
        isDoor(to) ? `${from} imports more than types of ${to}` : `${from} enters ${to}, no door`,
      ),
  plants: [
    {
      name: 'a command that reaches into a stage',
      files: {
        'src/commands/report.ts': "import { blankBlock } from '../record/open-block.ts'\n",
        'src/main.ts': "import { openRecorder } from './record/record.ts'\n",
      },
      finds: ['src/commands/report.ts enters src/record/open-block.ts, no door'],
    },
    {
      name: 'a journey that runs a stage instead of being handed it',
      files: {
        'src/journey.ts': [
          "import { makeDecode } from './decode/decode.ts'",
          "import type { Detect } from './detect/detect.ts'",
          "import type { Guard } from './enforce/guarding/guard.ts'",
        ].join('\n'),
      },
      finds: [
        'src/journey.ts imports more than types of src/decode/decode.ts',
        'src/journey.ts enters src/enforce/guarding/guard.ts, no door',
      ],
    },
  ],
}

/** The whole program, and who may hold it: what runs it. */
const whole = 'src/main.ts'
const runners = ['src/commands/', 'src/demo/']

export const startRule: Rule = {
  title: 'nothing imports the command line, and only what runs the whole program imports it',
  check: (files) =>
    importsOf(codeOf(files))
      .filter(({ from, to }) => to === 'src/cli.ts' || (to === whole && !isIn(from, runners)))
      .map(({ from, to }) => `${from} imports ${to}`),
  plants: [
    {
      name: 'a command that imports the command line, and a part that imports the whole',
      files: {
        'src/commands/start.ts': "import type { Options } from '../cli.ts'\n",
        'src/commands/migrate.ts': "import { migrations } from '../main.ts'\n",
        'src/runtime/ingest.ts': "import type { Curfew } from '../main.ts'\n",
        'src/cli.ts': "import { start } from './commands/start.ts'\n",
      },
      finds: [
        'src/commands/start.ts imports src/cli.ts',
        'src/runtime/ingest.ts imports src/main.ts',
      ],
    },
  ],
}

export const computedImportRule: Rule = {
  title: 'only the catalogue imports what it has not named, or the other rules would be blind',
  check: (files) =>
    codeOf(files)
      .filter(
        ({ path, text }) =>
          path !== 'src/process/catalog.ts' && computed.test(withoutComments(text)),
      )
      .map(({ path }: ProjectFile) => `${path} imports by a computed name`),
  plants: [
    {
      name: 'a stage that loads whatever it is told',
      files: {
        'src/show/show.ts': 'const route = await import(join(folder, file))\n',
        'src/store/store.ts': "const engine = await import('chdb')\n",
        'src/process/catalog.ts': 'await import(pathToFileURL(path).href)\n',
        'src/enrich/enrich.ts': '// import(anything) is left to the catalogue\n',
      },
      finds: ['src/show/show.ts imports by a computed name'],
    },
  ],
}

const computed = /(?<![\w.])(?:import|require)\((?!\s*'[^']*'\s*[,)])/
