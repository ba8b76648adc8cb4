import type { ProjectFile } from './project.ts'
import { codeOf, typeScriptOf, withoutComments } from './project.ts'
import type { Rule } from './rule.ts'

export const portRule: Rule = {
  title: 'code learns the time from its clock port, and only the port and the bench from Node',
  check: (files) =>
    codeOf(files)
      .filter(({ path }) => path !== 'src/process/clock.ts' && !path.startsWith('bench/'))
      .flatMap((file) => grep(file, /\bDate\.now\b|\bnew Date\(\)/g)),
  plants: [
    {
      name: 'a stage that passes its port by',
      files: {
        'src/process/clock.ts': 'export const systemClock = { now: Date.now }\n',
        'src/detect/detect.ts': 'const now = Date.now()\nconst at = new Date(now)\n// Date.now()\n',
        'src/show/show.ts': 'const year = new Date().getUTCFullYear()\n',
        'bench/bench.ts': 'const begun = Date.now()\n',
      },
      finds: ['src/detect/detect.ts:1 says Date.now', 'src/show/show.ts:1 says new Date()'],
    },
  ],
}

/**
 * Tests that may ask what time it is, because something they work with knows no other time: begins
 * of paths, and why. None of them may depend on the date, the weekday or the hour that it finds.
 */
export const timedFromOutside: { readonly [path: string]: string } = {
  'test/clocks/': 'reckons by how much the clock of the machine has to be moved',
  'test/pictures/run.ts': 'draws a demo that runs by the clock of the machine',
  'test/soak/':
    'a running Curfew, its producers and its providers live by the clock of the machine',
  'test/parts/': 'brokers, providers and locks of files live by the clock of the machine',
  'test/whole-way/': 'a real Keycloak and Curfew share the clock of the machine',
  'test/connectors/keycloak/': 'Keycloak dates its sessions and its tokens',
  'test/impose/keycloak-heard.ts': 'Keycloak dates its events and its tokens',
  'test/impose/keycloak-live': 'Keycloak dates the sessions that its causes are compared with',
  'test/enforce/killed': 'processes that are killed and begun again share no other clock',
  'test/source/kafka/kafka-play.ts': 'a broker and its client time each other out',
  'test/fakes/workos.ts': 'stands for a service on the network, with a clock of its own',
  'test/commands/doctor.int.test.ts': 'the doctor compares the clocks of machines',
  'test/commands/history.int.test.ts': 'sweeps look a month back from now, also over a replay',
  'test/commands/hostile.int.test.ts':
    'a running Curfew takes live events of the last 30 days only',
  'test/commands/roles.int.test.ts': 'a running Curfew takes live events of the last 30 days only',
  'test/commands/start.int.test.ts': 'a running Curfew takes live events of the last 30 days only',
  'test/main.int.test.ts': 'opens the whole program, with notices signed for now',
  'test/dashboards/queries.int.test.ts': 'dashboards judge no later than the now of the engine',
  'test/recall/load-memory.int.test.ts': 'the engine itself judges how old a first sight is',
  'test/health/unreachable-causes.int.test.ts':
    'the engine judges which rows are recorded long enough',
  'test/store/conflicts.int.test.ts': 'the engine stamps the rows that the sweep goes by',
}

export const testClockRule: Rule = {
  title: 'a test reads the time of the machine only where something outside of it is timed so',
  check: (files) =>
    typeScriptOf(files)
      .filter(({ path }) => path.startsWith('test/'))
      .filter(({ path }) => !Object.keys(timedFromOutside).some((place) => path.startsWith(place)))
      .flatMap((file) => grep(file, clockOfTheMachine)),
  plants: [
    {
      name: 'tests with another outcome on another day',
      files: {
        'test/commands/reports.int.test.ts': [
          'const begin = new Date(Date.now() - 9 * day)',
          "const monday = new Date('2026-11-02')",
          "const later = new Date(clock.now()) // Date.now() would be today's",
        ].join('\n'),
        'test/store/reads.int.test.ts': "await ask('select now64(3), today()')\n",
        'test/show/given.ts': 'const at = new Date()\nopen({ clock: systemClock })\n',
        'test/parts/lock.ts': 'const now = new Date()\n',
      },
      finds: [
        'test/commands/reports.int.test.ts:1 says Date.now',
        'test/store/reads.int.test.ts:1 says now64(',
        'test/store/reads.int.test.ts:1 says today(',
        'test/show/given.ts:1 says new Date()',
        'test/show/given.ts:2 says systemClock',
      ],
    },
  ],
}

export const lastingStoreRule: Rule = {
  title: 'the stores of tests forget no row by its age',
  check: (files) =>
    typeScriptOf(files)
      .filter(({ path }) => path.startsWith('test/') && path !== 'test/parts/store.ts')
      .flatMap((file) => grep(file, /^import \{.*\bopenStore\b.*\} from '\.\.\/.*\/store\.ts'/g)),
  plants: [
    {
      name: 'a store that loses what a test wrote, some day',
      files: {
        'test/parts/store.ts': "import { openStore } from '../../src/store/store.ts'\n",
        'test/store/reads.int.test.ts': "import { openTestStore } from '../parts/store.ts'\n",
        'test/detect/sweep.int.test.ts': [
          "import type { Store } from '../../src/store/store.ts'",
          "import { openStore } from '../../src/store/store.ts'",
        ].join('\n'),
      },
      finds: [
        "test/detect/sweep.int.test.ts:2 says import { openStore } from '../../src/store/store.ts'",
      ],
    },
  ],
}

/** In Node, and by SQL in the engine. */
export const clockOfTheMachine =
  /\bDate\.now\b|\bnew Date\(\)|\bsystemClock\b|\b(?:now64|today|yesterday)\(/g

/** Methods of `Date` and `Intl` that answer by the zone of the machine; times here are UTC. */
const local =
  /\.(?:get|set)(?:Date|Day|FullYear|Hours|Minutes|Month)\(|\.toLocale\w*\(|\.to(?:Date|Time)String\(|\bgetTimezoneOffset\b|\bnew Date\(\d+,/g

export const zoneRule: Rule = {
  title: 'nothing is reckoned by the time zone of the machine',
  check: (files) => typeScriptOf(files).flatMap((file) => grep(file, local)),
  plants: [
    {
      name: 'days and hours of wherever the machine stands',
      files: {
        'src/simulate/habits.ts': [
          'const isSunday = new Date(at).getDay() === 0',
          'const isMonday = new Date(at).getUTCDay() === 1',
        ].join('\n'),
        'test/show/render.test.ts': 'expect(cell).toBe(new Date(at).toLocaleString())\n',
        'dashboards/sql.ts': 'const newYear = new Date(2027, 0, 1)\n',
      },
      finds: [
        'src/simulate/habits.ts:1 says .getDay(',
        'test/show/render.test.ts:1 says .toLocaleString(',
        'dashboards/sql.ts:1 says new Date(2027,',
      ],
    },
  ],
}

/** Every place that says it; the plants of the rules themselves stand in quotes and are left out. */
function grep({ path, text }: ProjectFile, words: RegExp): readonly string[] {
  if (path === 'test/architecture/clocks.ts') return []
  return withoutComments(text)
    .split('\n')
    .flatMap((line, index) =>
      [...line.replace(/\/\/ .*$/, '').matchAll(words)].map(
        ([said]) => `${path}:${index + 1} says ${said}`,
      ),
    )
}
