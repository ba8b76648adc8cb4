import { askRows, printJson, printMore } from '../answer-rows.ts'
import { ordersTable } from '../orders-table.ts'
import type { ServerOptions } from '../server-options.ts'
import { serverOf } from '../server-options.ts'

export interface Options extends ServerOptions {
  readonly state?: string
  readonly waiting?: boolean
  readonly instance?: string
  readonly since?: string
  readonly limit: number
}

export async function run(options: Options): Promise<void> {
  const { instance, since, limit, waiting } = options
  const state = waiting ? 'awaiting_approval' : options.state
  const filters = { state, instance, since: since && new Date(since).toISOString() }
  const { rows, more } = await askRows(await serverOf(options), '/v1/orders', filters, limit)
  if (options.json) printJson({ items: rows, more })
  else if (rows.length === 0) process.stdout.write('no orders\n')
  else process.stdout.write(ordersTable(rows))
  printMore(more)
}
