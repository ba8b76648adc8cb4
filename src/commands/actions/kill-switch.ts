import { CurfewError } from '../../contract/errors.ts'
import { inert } from '../../contract/inert.ts'
import { cellsOf, printJson } from '../answer-rows.ts'
import type { Answer } from '../ask-server.ts'
import { askServer } from '../ask-server.ts'
import { exitCodes } from '../command.ts'
import type { ServerOptions } from '../server-options.ts'
import { serverOf } from '../server-options.ts'

export interface Options extends ServerOptions {
  readonly reason?: string
}

const path = '/v1/kill-switch'

/** Turns the kill switch of a deployment, or says how it stands. */
export async function run(wanted: 'on' | 'off' | undefined, options: Options): Promise<void> {
  const { reason } = options
  if (wanted !== undefined && reason === undefined) {
    throw new CurfewError('SETTINGS_INVALID', `say why it is turned ${wanted}, with --reason`)
  }
  const server = await serverOf(options)
  const body = wanted === undefined ? undefined : { on: wanted === 'on', reason }
  const state = await askServer(server, path, body, 'PUT')
  if (options.json) printJson(state)
  else process.stdout.write(`${inert(wordsOf(state))}\n`)
  // On by mistake, or still on: nothing is ended, and a script must notice.
  if (state.on !== (wanted === 'on')) process.exitCode = exitCodes.found
}

function wordsOf(state: Answer): string {
  if (state.on !== true) return 'The kill switch is off: orders are carried out as policy says.'
  const { by, at, reason } = cellsOf(state)
  const who = by === '' ? '' : ` by ${by}`
  const since = at === '' ? '' : ` since ${at}`
  return `The kill switch is on${since}${who}: NOTHING IS ENDED, and orders wait. ${reason}`.trimEnd()
}
