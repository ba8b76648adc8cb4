import { inertLines } from '../../contract/inert.ts'
import { cellOf, printJson, rowsIn } from '../answer-rows.ts'
import type { Answer } from '../ask-server.ts'
import { askServer } from '../ask-server.ts'
import { exitCodes } from '../command.ts'
import { endsAll, endText, reachText } from '../end-text.ts'
import type { ServerOptions } from '../server-options.ts'
import { serverOf } from '../server-options.ts'
import { sessionsTable } from '../sessions-table.ts'

export interface Options extends ServerOptions {
  readonly reason: string
  readonly dryRun?: boolean
}

export async function run(who: string, options: Options): Promise<void> {
  const path = `/v1/subjects/${encodeURIComponent(who)}/sign-out`
  const body = { reason: options.reason, dry_run: options.dryRun ?? false }
  const answer = await askServer(await serverOf(options), path, body)
  if (options.json) printJson(answer)
  else process.stdout.write(wordsOf(answer))
  if (!endsAll(answer)) process.exitCode = exitCodes.found
}

/** What was asked for, which sessions it is about, and what becomes of them. */
function wordsOf(answer: Answer): string {
  const sessions = rowsIn(answer, 'sessions')
  const requests = rowsIn(answer, 'requests').map((each) => cellOf(each.request_id))
  const more = answer.more_sessions === true ? ', and more than are shown' : ''
  const lines = [
    ...(sessions.length === 0 ? [] : [sessionsTable(sessions)]),
    `Sessions known and not proven dead: ${sessions.length}${more}.`,
    ...reachText(answer),
    answer.dry_run === true
      ? `Only a look: nothing was asked for. ${endText(answer)}`
      : `Asked for, as ${requests.join(', ')}. ${endText(answer)}`,
  ]
  return `${lines.map(inertLines).join('\n')}\n`
}
