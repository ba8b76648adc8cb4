import { cellsOf, personOf, tableOf } from './answer-rows.ts'
import type { Answer } from './ask-server.ts'
import { sessionNameOf } from './session-name.ts'

const columns = [
  ...['at', 'state', 'session', 'person', 'classes', 'deadline_at', 'reason', 'also_ends'],
  'order_id',
]

/** Orders of an answer, each with its session, for what and until when. */
export function ordersTable(rows: readonly Answer[]): string {
  const shown = rows.map((row) => ({
    ...cellsOf(row),
    session: sessionNameOf(row),
    person: personOf(row),
  }))
  return tableOf(columns, shown)
}
