import { cellsOf, rowsIn, tableOf } from './answer-rows.ts'
import type { Answer } from './ask-server.ts'
import { sessionNameOf } from './session-name.ts'

const columns = ['session', 'state', 'state_by', 'last_seen', 'place', 'device', 'curfews']
/** What an order of a person does with each. */
const fates = ['will_end', 'also_ends']

/** Sessions of an answer, each with what is due of it, and where it says so what an order does with it. */
export function sessionsTable(rows: readonly Answer[]): string {
  const shown = rows.map((row) => {
    const { state, state_by, last_seen_at, city, country, browser, os, also_ends } = cellsOf(row)
    return {
      state,
      state_by,
      also_ends,
      session: sessionNameOf(row),
      last_seen: last_seen_at,
      place: joined(city, country),
      device: joined(browser, os),
      curfews: rowsIn(row, 'curfews')
        .map((each) => `${each.class} ${each.verdict}`)
        .join(', '),
      will_end: row.will_end === false ? `no: ${cellsOf(row).because}` : 'yes',
    }
  })
  const isOrder = rows.some((row) => 'will_end' in row)
  return tableOf(isOrder ? [...columns, ...fates] : columns, shown)
}

const joined = (...words: readonly (string | undefined)[]): string =>
  words.filter((word) => word !== undefined && word !== '').join(', ')
