import { inert } from '../../contract/inert.ts'
import { cellOf, isAnswer, printJson, rowsIn } from '../answer-rows.ts'
import type { Answer } from '../ask-server.ts'
import { askServer } from '../ask-server.ts'
import { exitCodes } from '../command.ts'
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
  // What nobody will carry out must not pass for done in a script.
  if (isIdle(answer)) process.exitCode = exitCodes.found
}

const modeOf = ({ blast_radius: radius }: Answer): string =>
  isAnswer(radius) ? cellOf(radius.mode) : ''

const isIdle = (answer: Answer): boolean => modeOf(answer) === 'observe'

const meaning: { readonly [mode: string]: string } = {
  enforce: 'Curfew ends them.',
  approve: 'Each order waits for an approval: curfew orders --waiting.',
  observe:
    'Policy only observes operator_order, so NOTHING IS ENDED. Set operator_order: { mode: enforce } under causes.',
}

/** What was asked for, which sessions it is about, and what becomes of them. */
function wordsOf(answer: Answer): string {
  const radius = isAnswer(answer.blast_radius) ? answer.blast_radius : {}
  const sessions = rowsIn(answer, 'sessions')
  const requests = rowsIn(answer, 'requests').map((each) => cellOf(each.request_id))
  const more = answer.more_sessions === true ? ', and more than are shown' : ''
  const others = cellOf(radius.also_ended)
  const lines = [
    ...(sessions.length === 0 ? [] : [sessionsTable(sessions)]),
    `Sessions known and not proven dead: ${sessions.length}${more}. To end: ${cellOf(radius.to_end)}; ` +
      `no connection can end: ${cellOf(radius.not_endable)}; an end was told already: ${cellOf(radius.told_ended)}.`,
    ...(others === '' ? [] : [`Also ended, though not among them: ${others}`]),
    answer.dry_run === true
      ? `Only a look: nothing was asked for. ${meaning[modeOf(answer)] ?? ''}`
      : `Asked for, as ${requests.join(', ')}. ${meaning[modeOf(answer)] ?? ''}`,
  ]
  return `${lines.map((text) => text.split('\n').map(inert).join('\n')).join('\n')}\n`
}
