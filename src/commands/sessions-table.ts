import { cellsOf, rowsIn, tableOf } from './answer-rows.ts'
import type { Answer } from './ask-server.ts'
import { nameOfSession } from './session-name.ts'

const columns = ['session', 'state', 'state_by', 'last_seen', 'place', 'device', 'curfews']

/** Sessions of an answer, each with what is due of it. */
export function sessionsTable(rows: readonly Answer[]): string {
  const shown = rows.map((row) => {
    const { state, state_by, last_seen_at, city, country, browser, os } = cellsOf(row)
    return {
      state,
      state_by,
      session: nameOfSession(row),
      last_seen: last_seen_at,
      place: joined(city, country),
      device: joined(browser, os),
      curfews: rowsIn(row, 'curfews')
        .map((each) => `${each.class} ${each.verdict}`)
        .join(', '),
    }
  })
  return tableOf(columns, shown)
}

const joined = (...words: readonly (string | undefined)[]): string =>
  words.filter((word) => word !== undefined && word !== '').join(', ')
