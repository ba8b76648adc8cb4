import { askRows, cellsOf, printJson, printMore, tableOf } from '../answer-rows.ts'
import type { Answer } from '../ask-server.ts'
import type { ServerOptions } from '../server-options.ts'
import { serverOf } from '../server-options.ts'
import type { SessionName } from '../session-name.ts'

export interface Options extends ServerOptions {
  readonly limit: number
}

const columns = [
  'at',
  'times',
  'last_at',
  'what',
  'word',
  'outcome',
  'actor',
  'reason',
  'from_where',
  'id',
]

export async function run({ instance, kind, id }: SessionName, options: Options): Promise<void> {
  const path = `/v1/sessions/${[instance, kind, id].map(encodeURIComponent).join('/')}/timeline`
  const { rows, more } = await askRows(await serverOf(options), path, {}, options.limit)
  if (options.json) printJson({ items: rows, more })
  else if (rows.length === 0) process.stdout.write('nothing is known of such a session\n')
  else process.stdout.write(tableOf(columns, folded(rows)))
  printMore(more)
}

type Cells = { readonly [column: string]: string }

/**
 * Whether a row only says that the session lived: a list or a read that showed it, or a use that its provider
 * accepted. Many in a row say the same in whichever order they come.
 */
function isSignOfLife({ what, word, outcome }: Cells): boolean {
  if (what === 'listing') return true
  if (what === 'evidence') return word === 'alive'
  return what === 'event' && word === 'session.used' && outcome === 'accepted'
}

/**
 * What is the same again at once is one line with its count and the time of the last. So are signs of life
 * of one kind and place until something else happens: each list is one row, and what it proves another.
 */
export function folded(rows: readonly Answer[]): readonly Cells[] {
  const lines: { readonly cells: Cells; times: number; lastAt: string }[] = []
  /** Lines that a row may still be added to, by what they say. */
  let open = new Map<string, (typeof lines)[number]>()
  let wasLife = false
  for (const row of rows) {
    const cells = withPlace(cellsOf(row))
    const { at = '', what, word, outcome, actor, reason, from_where } = cells
    const key = JSON.stringify([what, word, outcome, actor, reason, from_where])
    const isLife = isSignOfLife(cells)
    if (!open.has(key) && !(isLife && wasLife)) open = new Map()
    wasLife = isLife
    const same = open.get(key)
    if (same) Object.assign(same, { times: same.times + 1, lastAt: at })
    else {
      const line = { cells, times: 1, lastAt: '' }
      lines.push(line)
      open.set(key, line)
    }
  }
  return lines.map(({ cells, times, lastAt }) => {
    return { ...cells, times: times === 1 ? '' : `${times} ×`, last_at: lastAt }
  })
}

function withPlace(cells: Cells): Cells {
  const { country, city, browser, os } = cells
  const words = [city, country, browser, os].filter((word) => word !== undefined && word !== '')
  return { ...cells, from_where: words.join(', ') }
}
