/** The stages: the journey of a batch first, then what runs apart from it. */
export const stages = [
  'source',
  'decode',
  'enrich',
  'recall',
  'detect',
  'impose',
  'record',
  'store',
  'enforce',
  'show',
  'simulate',
] as const

export const doorOf = (stage: string) => `src/${stage}/${stage}.ts`

/** Ways into a stage beside the door that bears its name, each with the reason for it. */
export const otherDoors: { readonly [place: string]: string } = {
  'src/decode/subject-key.ts': 'by which subject a message is keyed on its way into Kafka',
  'src/source/leader/kafka-leader-lease.ts': 'leads where a broker says who does',
  'src/source/sources/': 'each kind of source is opened with what only it needs',
  'src/source/files/checkpoint.ts': 'where a replay left off, which the command keeps',
  'src/source/feeds/feed.ts': 'the ports of every feed',
  'src/source/intake/intake.ts': 'takes what is sent to us, where the API lets it in',
  'src/source/kafka/settings.ts': 'what Kafka must be told, out of the settings',
  'src/source/kafka/check.ts': 'the doctor looks at brokers and topics, and reads nothing',
  'src/source/leader/leader-lease.ts': 'what being the one of many is, which the enforcer needs',
  'src/source/kafka/relay.ts': 'takes messages for Kafka from the other sources',
  'src/decode/format.ts': 'the type of an entry of its catalogue',
  'src/decode/envelope.ts': 'the type of an entry of its catalogue',
  'src/decode/pseudonym.ts': 'the one naming of subjects, which the API and the enforcer need too',
  'src/recall/skip-recorded.ts': 'asks what is recorded already, before the journey begins',
  'src/detect/detector.ts': 'the type of an entry of its catalogue',
  'src/detect/sweep.ts': 'the type of an entry of its catalogue',
  'src/detect/schedule.ts': 'runs the sweeps, apart from any batch',
  'src/impose/promote-findings.ts': 'causes of the findings of sweeps, apart from any batch',
  'src/impose/condemn.ts': 'the one rule of condemning, which the enforcer needs too',
  'src/store/clickhouse.ts': 'the doctor looks at an engine without making a store of it',
  'src/store/conflicts.ts': 'looks for contradictions among what is stored, apart from any batch',
  'src/store/literal.ts': 'a report shows its statement with the values in place',
  'src/enforce/guarding/guard.ts': 'the type of an entry of its catalogue',
  'src/enforce/provider-kit/provider.ts': 'the type of an entry of its catalogue',
  'src/enforce/session/clock-uncertainty.ts':
    'what proves a death is written down by whoever brings events in, too',
  'src/enforce/kill-switch/kill-switch.ts':
    'stops the enforcer from outside, so it is opened before it',
  'src/enforce/kill-switch/store-kill-switch.ts': 'the same among several processes',
  'src/enforce/notices/notice.ts': 'what the enforcer has to say to people',
  'src/show/api/server.ts': 'the type of the HTTP server, and its limits',
  'src/show/route.ts': 'the type of an entry of its catalogue, and what the API is lent',
  'src/show/reporting/report.ts': 'the type of an entry of its catalogue',
  'src/show/api/principal.ts': 'who may call, as the settings say it',
  'src/show/metrics/metrics.ts': 'measures the whole program, so it is opened first',
  'src/show/metrics/store-metrics.ts': 'reads the store for the page, where the API is lent one',
  'src/show/render/': 'the forms of a report, for files and terminals too',
  'src/show/queries/refuse-unknown.ts': 'what there is on record, for commands that read the store',
  'src/show/reporting/run-report.ts': 'reports on the command line, where no API runs',
  'src/enforce/provider-kit/survivor-matrix.ts':
    'what a provider ends by itself, shown on the command line',
  'src/simulate/options.ts': 'what a simulated company is made of, as a command asks for it',
  'src/simulate/sinks/': 'where simulated events go, each opened with what only it needs',
  'src/simulate/truth.ts': 'what was planted, to be held against what was found',
  'src/simulate/loopback-idp.ts': 'the provider of the demo, a server of its own',
}

/** Who may import what, beside its own folder. A place that ends with a slash is a folder. */
export interface Line {
  readonly of: string
  readonly may: readonly string[]
  /** doors: stages only by their doors. types: of those only the types. */
  readonly by?: 'doors' | 'types'
}

const nouns = 'src/contract/'

/** What a connector is made with: how formats read, how providers are called, how feeds are polled. */
export const kits = [
  'src/decode/describing.ts',
  'src/decode/fields.ts',
  'src/decode/format.ts',
  'src/decode/json.ts',
  'src/decode/subject-key.ts',
  'src/decode/time.ts',
  'src/decode/unread.ts',
  'src/enforce/provider-kit/',
  'src/source/feeds/',
  'src/source/intake/webhook.ts',
  'src/source/source.ts',
]

/** What every stage may need that is no noun. */
const everybodys = ['src/http/', 'src/process/']

/** What a stage may need beside the nouns. */
function othersOf(stage: (typeof stages)[number]): readonly string[] {
  // What is simulated must not know how it is found, or the two would agree in their mistakes.
  if (stage === 'simulate') return ['src/http/']
  const judges = stage === 'enforce' || stage === 'show'
  return judges ? [...everybodys, 'src/verdict/'] : everybodys
}

/** A file in `src` itself without a line of its own knows nothing but the nouns; no folder does. */
export const lineFor = (path: string): Line | undefined =>
  importTable.find(({ of }) => path === of || (of.endsWith('/') && path.startsWith(of))) ??
  (/^src\/[^/]+$/.test(path) ? { of: path, may: [nouns] } : undefined)

export const importTable: readonly Line[] = [
  { of: 'src/connectors/', may: [nouns, 'src/http/', 'src/process/', ...kits] },
  { of: nouns, may: [] },
  ...stages.map((stage) => ({ of: `src/${stage}/`, may: [nouns, ...othersOf(stage)] })),
  { of: 'src/verdict/', may: [nouns] },
  { of: 'src/http/', may: [nouns] },
  { of: 'src/config/', may: [nouns] },
  { of: 'src/process/', may: [nouns] },
  { of: 'src/health/', may: [nouns, 'src/enforce/', 'src/show/', 'src/source/'], by: 'doors' },
  // What puts the stages together, and what is made of the whole.
  ...['src/runtime/', 'src/demo/', 'src/main.ts', 'src/cli.ts'].map(
    (of): Line => ({ of, may: ['src/'], by: 'doors' }),
  ),
  { of: 'src/journey.ts', may: [nouns, ...stages.map(doorOf)], by: 'types' },
  { of: 'src/commands/', may: ['src/', 'dashboards/build.ts'], by: 'doors' },
  { of: 'dashboards/', may: [nouns] },
  // Measures and compares whatever there is, and is run by hand.
  { of: 'bench/', may: ['src/', 'test/'] },
]
