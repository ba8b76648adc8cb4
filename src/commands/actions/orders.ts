import { askRows, cellsOf, printJson, sayMore, tableOf } from '../answer-rows.ts'
import type { ServerOptions } from '../server-options.ts'
import { serverOf } from '../server-options.ts'
import { nameOfSession } from '../session-name.ts'

export interface Options extends ServerOptions {
  readonly state?: string
  readonly waiting?: boolean
  readonly instance?: string
  readonly since?: string
  readonly limit: number
}

const columns = ['at', 'state', 'session', 'subject_ref', 'reason', 'also_ends', 'order_id']

export async function run(options: Options): Promise<void> {
  const { instance, since, limit, waiting } = options
  const state = waiting ? 'awaiting_approval' : options.state
  const filters = { state, instance, since: since && new Date(since).toISOString() }
  const { rows, more } = await askRows(await serverOf(options), '/v1/orders', filters, limit)
  if (options.json) printJson({ items: rows, more })
  else if (rows.length === 0) process.stdout.write('no orders\n')
  else {
    const shown = rows.map((row) => ({ ...cellsOf(row), session: nameOfSession(row) }))
    process.stdout.write(tableOf(columns, shown))
  }
  sayMore(more)
}
