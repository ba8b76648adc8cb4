import { askRows, cellsOf, printJson, sayMore, tableOf } from '../answer-rows.ts'
import type { Answer } from '../ask-server.ts'
import type { ServerOptions } from '../server-options.ts'
import { serverOf } from '../server-options.ts'
import type { SessionName } from '../session-name.ts'

export interface Options extends ServerOptions {
  readonly limit: number
}

const columns = ['at', 'times', 'what', 'word', 'outcome', 'actor', 'reason', 'from_where', 'id']

export async function run({ instance, kind, id }: SessionName, options: Options): Promise<void> {
  const path = `/v1/sessions/${[instance, kind, id].map(encodeURIComponent).join('/')}/timeline`
  const { rows, more } = await askRows(await serverOf(options), path, {}, options.limit)
  if (options.json) printJson({ items: rows, more })
  else if (rows.length === 0) process.stdout.write('nothing is known of such a session\n')
  else process.stdout.write(tableOf(columns, folded(rows)))
  sayMore(more)
}

/** What is the same again at once, such as every list that shows a session, is one line with its count. */
export function folded(rows: readonly Answer[]): readonly { readonly [column: string]: string }[] {
  const lines: { key: string; times: number; cells: { readonly [column: string]: string } }[] = []
  for (const row of rows) {
    const cells = cellsOf(row)
    const { what, word, outcome, actor, reason } = cells
    const key = JSON.stringify([what, word, outcome, actor, reason])
    const last = lines.at(-1)
    if (last?.key === key) last.times += 1
    else lines.push({ key, times: 1, cells })
  }
  return lines.map(({ times, cells }) => {
    const { country, city, browser, os } = cells
    const words = [city, country, browser, os].filter((word) => word !== undefined && word !== '')
    return { ...cells, times: times === 1 ? '' : `${times} ×`, from_where: words.join(', ') }
  })
}
