import { askRows, cellsOf, personOf, printJson, printMore, tableOf } from '../answer-rows.ts'
import type { ServerOptions } from '../server-options.ts'
import { serverOf } from '../server-options.ts'
import { sessionNameOf } from '../session-name.ts'

export interface Options extends ServerOptions {
  readonly severity?: string
  readonly detector?: string
  readonly instance?: string
  readonly from?: string
  readonly to?: string
  readonly text?: string
  readonly takenBack?: boolean
  readonly limit: number
}

const columns = ['at', 'severity', 'detector', 'person', 'seen', 'session', 'why', 'finding_id']

export async function run(options: Options): Promise<void> {
  const { severity, detector, instance, from, to, text: q, takenBack, limit } = options
  const standing = takenBack ? 'false' : 'true'
  const filters = { severity, detector, instance, from, to, q, standing }
  const { rows, more } = await askRows(await serverOf(options), '/v1/findings', filters, limit)
  if (options.json) printJson({ items: rows, more })
  else if (rows.length === 0) process.stdout.write('no findings\n')
  else {
    const shown = rows.map((row) => ({
      ...cellsOf(row),
      person: personOf(row),
      seen: `${cellsOf(row).times_seen} times`,
      session: sessionNameOf(row),
    }))
    process.stdout.write(tableOf(columns, shown))
  }
  printMore(more)
}
