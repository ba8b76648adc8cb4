import { inertLines } from '../../contract/inert.ts'
import {
  askRows,
  cellOf,
  cellsOf,
  personOf,
  printJson,
  printMore,
  rowsIn,
  tableOf,
} from '../answer-rows.ts'
import type { Answer } from '../ask-server.ts'
import { askServer } from '../ask-server.ts'
import { exitCodes } from '../command.ts'
import { ordersTable } from '../orders-table.ts'
import type { ServerOptions } from '../server-options.ts'
import { serverOf } from '../server-options.ts'
import { sessionNameOf } from '../session-name.ts'

export interface Options extends ServerOptions {
  readonly outcome?: string
  readonly kind?: string
  readonly instance?: string
  readonly from?: string
  readonly to?: string
  readonly text?: string
  readonly limit: number
}

export async function run(id: string | undefined, options: Options): Promise<void> {
  await (id === undefined ? list(options) : show(id, options))
}

const columns = [
  ...['at', 'outcome', 'kind', 'person', 'session', 'order_id', 'principal', 'reason'],
  'request_id',
]

async function list(options: Options): Promise<void> {
  const { outcome, kind, instance, from, to, text: q, limit } = options
  const filters = { outcome, kind, instance, from, to, q }
  const { rows, more } = await askRows(await serverOf(options), '/v1/requests', filters, limit)
  if (options.json) printJson({ items: rows, more })
  else if (rows.length === 0) process.stdout.write('no requests\n')
  else {
    const shown = rows.map((row) => ({
      ...cellsOf(row),
      person: personOf(row),
      session: sessionNameOf(row),
    }))
    process.stdout.write(tableOf(columns, shown))
  }
  printMore(more)
}

/** What became of one; only what is done ends with 0, so that a script can wait for it. */
async function show(id: string, options: Options): Promise<void> {
  const path = `/v1/requests/${encodeURIComponent(id)}`
  const answer = await askServer(await serverOf(options), path)
  if (options.json) printJson(answer)
  else process.stdout.write(wordsOf(answer))
  if (answer.outcome !== 'done') process.exitCode = exitCodes.found
}

const meaning: { readonly [outcome: string]: string } = {
  waiting: 'the enforcer has not read it yet',
  too_late: 'the order was decided without it',
  underway: 'orders are open',
  nothing_to_end: 'no curfew stands by it so far, or any more',
  done: 'every session is proven dead, or what was denied is not ended',
  refused: 'the provider refused to end what is not proven dead',
  remains: 'a session is not proven dead, or no complete list says whether there are others',
}

function wordsOf(answer: Answer): string {
  const { kind, at, principal, reason, outcome, condemned } = cellsOf(answer)
  const about = sessionNameOf(answer) || personOf(answer) || cellOf(answer.order_id)
  const orders = rowsIn(answer, 'orders')
  const lines = [
    `${kind} of ${about}, asked for by ${principal} at ${at}: ${reason}`,
    `${outcome}: ${meaning[outcome ?? ''] ?? ''}`,
    ...(condemned === '0' ? [] : [`Sessions condemned by it: ${condemned}.`]),
    ...(answer.more_orders === true ? ['There are more orders than are shown.'] : []),
    ...(orders.length === 0 ? [] : ['', ordersTable(orders).trimEnd()]),
  ]
  return `${lines.map(inertLines).join('\n')}\n`
}
