import type { Connector } from '../../connectors/connector.ts'
import { CurfewError } from '../../contract/errors.ts'
import { SessionKind } from '../../contract/event-words.ts'
import type { SurvivorMatrix } from '../../enforce/provider-kit/survivor-matrix.ts'
import { loadFolders } from '../../process/catalog.ts'
import { catalogs } from '../../runtime/catalog-folders.ts'

const kinds = SessionKind.anyOf.map((word) => word.const)

/** @throws CurfewError SHOW_INVALID for a provider that has no matrix. */
export async function run(
  id: string | undefined,
  { json }: { readonly json?: boolean },
): Promise<void> {
  const connectors = await loadFolders<Connector>(catalogs.connectors, 'connector')
  const all = connectors.flatMap(({ matrix }) => matrix ?? [])
  const some = id === undefined ? all : all.filter((each) => each.id === id)
  if (some.length === 0) {
    const known = all.map((each) => each.id).join(', ')
    throw new CurfewError(
      'SHOW_INVALID',
      `there is no matrix of a provider '${id}'; known are ${known}`,
    )
  }
  const text = json === true ? JSON.stringify(some, null, 2) : some.map(tableOf).join('\n\n')
  process.stdout.write(`${text}\n`)
}

/** Columns wide enough for their cells, with two spaces between; notes below their row. */
function tableOf({ id, source, rows }: SurvivorMatrix): string {
  const shown = kinds.filter((kind) => rows.some(({ fates }) => fates[kind] !== undefined))
  const cells = [
    ['what happens', 'cause', ...shown, 'basis'],
    ...rows.map((row) => [
      row.act,
      row.class ?? '-',
      ...shown.map((kind) => row.fates[kind]?.replaceAll('_', ' ') ?? '-'),
      row.basis,
    ]),
  ]
  const widths = cells[0]?.map((_, column) =>
    cells.reduce((width, line) => Math.max(width, line[column]?.length ?? 0), 0),
  )
  const lines = cells.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths?.[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  const [head = '', ...body] = lines
  const noted = body.flatMap((line, index) => {
    const note = rows[index]?.note
    return note === undefined ? [line] : [line, `    ${note}`]
  })
  return [`${id}: ${source}`, '', head, ...noted].join('\n')
}
