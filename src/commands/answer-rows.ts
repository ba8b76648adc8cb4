import { inertJson } from '../contract/inert.ts'
import type { Cell } from '../contract/ports.ts'
import { drawColumns } from '../show/render/table.ts'
import type { Answer, ServerAddress } from './ask-server.ts'
import { askServer } from './ask-server.ts'

/** Rows of a page: the most that the API gives. */
const pageMax = 500

/** The objects of a list of an answer; other items are left out. */
export function rowsIn(answer: Answer, list: string): readonly Answer[] {
  const items = answer[list]
  return Array.isArray(items) ? items.filter(isAnswer) : []
}

export const isAnswer = (value: unknown): value is Answer =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Reads a list of the API page by page, up to `most` rows; `more` where the server has more. */
export async function askRows(
  server: ServerAddress,
  path: string,
  filters: { readonly [name: string]: string | undefined },
  most: number,
): Promise<{ readonly rows: readonly Answer[]; readonly more: boolean; readonly first: Answer }> {
  let rows: Answer[] = []
  let first: Answer | undefined
  for (let cursor: string | undefined; ; ) {
    const query = new URLSearchParams()
    for (const [name, value] of Object.entries(filters)) {
      if (value !== undefined) query.set(name, value)
    }
    query.set('limit', String(Math.min(pageMax, most - rows.length)))
    if (cursor !== undefined) query.set('cursor', cursor)
    const page = await askServer(server, `${path}?${query}`)
    first ??= page
    rows = rows.concat(rowsIn(page, 'items'))
    cursor = typeof page.next === 'string' ? page.next : undefined
    if (cursor === undefined || rows.length >= most)
      return { rows, first, more: cursor !== undefined }
  }
}

/** Columns that other commands take as arguments, so they are never cut. */
const uncut: ReadonlySet<string> = new Set(['session', 'finding_id', 'order_id', 'request_id'])

type Row = { readonly [column: string]: Cell | undefined }

/** A table of text columns, for this terminal; a row in a file or a pipe is one line. */
export function tableOf(columns: readonly string[], rows: readonly Row[]): string {
  const { stdout } = process
  const width = stdout.isTTY ? stdout.columns : Number.POSITIVE_INFINITY
  const typed = columns.map((name) => {
    const whole = !stdout.isTTY || uncut.has(name)
    return { name, type: 'text', whole } as const
  })
  return `${drawColumns(typed, rows, width).slice(1).join('\n')}\n`
}

/** A cell of an answer as text; lists with commas. */
export function cellOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (Array.isArray(value)) return value.map(cellOf).join(', ')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** The columns of a row of an answer, as text. */
export function cellsOf(row: Answer): { readonly [column: string]: string } {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, cellOf(value)]))
}

/** The person, as far as the token may see: e-mail, id, else the reference. */
export const personOf = (row: Answer): string =>
  [row.email, row.subject_id, row.subject_ref].map(cellOf).find((text) => text !== '') ?? ''

/** Prints an object as JSON without control characters. */
export function printJson(answer: object): void {
  process.stdout.write(`${inertJson(JSON.stringify(answer))}\n`)
}

/** Prints a note that the server has more rows. */
export function printMore(more: boolean): void {
  if (more) process.stderr.write('curfew: there is more; raise --limit or narrow the filters\n')
}
