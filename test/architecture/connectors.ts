import { importsOf } from './imports.ts'
import type { ProjectFile } from './project.ts'
import { codeOf } from './project.ts'
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
