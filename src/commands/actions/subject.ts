import { inert } from '../../contract/inert.ts'
import { askRows, personOf, printJson, printMore, rowsIn } from '../answer-rows.ts'
import type { ServerOptions } from '../server-options.ts'
import { serverOf } from '../server-options.ts'
import { sessionsTable } from '../sessions-table.ts'

export interface Options extends ServerOptions {
  readonly limit: number
}

export async function run(who: string, options: Options): Promise<void> {
  const path = `/v1/subjects/${encodeURIComponent(who)}/sessions`
  const { rows, first, more } = await askRows(await serverOf(options), path, {}, options.limit)
  const subjects = rowsIn(first, 'subjects')
  if (options.json) printJson({ subjects, items: rows, more })
  else {
    for (const each of subjects) {
      const reference = `reference ${String(each.subject_ref)}`
      process.stdout.write(
        `${inert(`${personOf(each)} at ${String(each.instance)}, ${reference}`)}\n`,
      )
    }
    process.stdout.write(rows.length === 0 ? 'no sessions\n' : `\n${sessionsTable(rows)}`)
  }
  printMore(more)
}
