import { importsOf, isIn } from './imports.ts'
import type { ProjectFile } from './project.ts'
import { codeOf, withoutComments } from './project.ts'
import type { Rule } from './rule.ts'

/** The folder of which every folder is one identity provider. */
export const connectorsFolder = 'src/connectors/'

const folderOf = (path: string) => /^src\/connectors\/([^/]+)\//.exec(path)?.[1]

/** The connectors there are, by their folders. */
export function connectorIds(files: readonly ProjectFile[]): readonly string[] {
  return [...new Set(files.flatMap(({ path }) => folderOf(path) ?? []))].sort()
}

export const connectorRule: Rule = {
  title: 'a connector is one folder, whose entry names its parts, and knows no other connector',
  check: (files) => {
    const code = codeOf(files)
    const imports = importsOf(code)
    const faults = connectorIds(code).flatMap((id) => {
      const entry = code.find(({ path }) => path === `${connectorsFolder}${id}/connector.ts`)
      if (entry === undefined) return [`${connectorsFolder}${id}/ has no connector.ts`]
      const isEntry = new RegExp(`^export const connector: Connector = \\{\\n +id: '${id}',`, 'm')
      const format = `${connectorsFolder}${id}/format.ts`
      const hasFormat = code.some(({ path }) => path === format)
      const usesFormat = imports.some(({ from, to }) => from === entry.path && to === format)
      return [
        ...(isEntry.test(entry.text)
          ? []
          : [`${entry.path} exports no connector whose id is '${id}'`]),
        ...(hasFormat && !usesFormat ? [`${entry.path} leaves out its format.ts`] : []),
      ]
    })
    const neighbours = imports.filter(({ from, to }) => {
      const [own, other] = [folderOf(from), folderOf(to)]
      return own !== undefined && other !== undefined && own !== other
    })
    return [...faults, ...neighbours.map(({ from, to }) => `${from} imports ${to}`)]
  },
  plants: [
    {
      name: 'a folder without an entry, an entry of another name or less, and neighbours that meet',
      files: {
        'src/connectors/connector.ts': 'export interface Connector {}\n',
        'src/connectors/okta/format.ts': "export const format: Format = { id: 'okta' }\n",
        'src/connectors/workos/connector.ts':
          "import { proofs } from '../keycloak/proofs.ts'\nexport const connector: Connector = {\n  id: 'work',\n}\n",
        'src/connectors/keycloak/connector.ts':
          "export const connector: Connector = {\n  id: 'keycloak',\n}\n",
        'src/connectors/keycloak/format.ts': '',
      },
      finds: [
        'src/connectors/keycloak/connector.ts leaves out its format.ts',
        'src/connectors/okta/ has no connector.ts',
        "src/connectors/workos/connector.ts exports no connector whose id is 'workos'",
        'src/connectors/workos/connector.ts imports src/connectors/keycloak/proofs.ts',
      ],
    },
  ],
}

/** Where a provider may be named outside its connector, each with the reason. */
export const mayName: { readonly [place: string]: string } = {
  'src/connectors/': 'what is known of each of them',
  'src/demo/': 'the demo runs a provider of its own',
  'src/simulate/': 'the simulated provider is the one of the demo',
  'src/contract/unread.ts': 'what a provider leaves out, and which of its settings mends it',
  'src/contract/session-event-v1.ts': 'an example of the name of an instance',
  'src/enrich/agent-names.ts': 'how its programs name themselves in a user agent',
  'src/commands/list/init.ts': 'an example that people can type',
  'src/commands/list/provider.ts': 'an example that people can type',
  'src/commands/list/evaluate.ts': 'an example with the provider of the demo',
  'src/commands/list/simulate.ts': 'what the ledger calls the simulated provider',
  'src/runtime/notify.ts': 'the loopback address of a machine',
  'src/show/routes/metrics.ts': 'the loopback address of a machine',
}

export const nameOfProviderRule: Rule = {
  title: 'only its connector knows a provider by name',
  check: (files) => {
    const ids = connectorIds(files)
    if (ids.length === 0) return []
    const names = new RegExp(ids.map((id) => id.replaceAll('-', '[- ]?')).join('|'), 'i')
    return codeOf(files)
      .filter(({ path }) => path.startsWith('src/') && !isIn(path, Object.keys(mayName)))
      .flatMap(({ path, text }) =>
        withoutComments(text)
          .split('\n')
          .flatMap((line, at) => {
            const name = names.exec(line)?.[0]
            return name === undefined ? [] : [`${path}:${at + 1} names ${name}`]
          }),
      )
  },
  plants: [
    {
      name: 'code that asks which provider it is, in whichever spelling',
      files: {
        'src/connectors/okta/connector.ts':
          "export const connector: Connector = {\n  id: 'okta',\n}\n",
        'src/runtime/sources.ts': "if (provider === 'okta') openOktaFeed()\n",
        'src/show/routes/intake.ts': '/** A webhook of Okta. */\nconst path = pathOf(id)\n',
        'src/enforce/observe/lister.ts': 'const isOkta = true\n',
        'src/demo/company.ts': "const provider = 'okta'\n",
      },
      finds: ['src/runtime/sources.ts:1 names okta', 'src/enforce/observe/lister.ts:1 names Okta'],
    },
  ],
}
