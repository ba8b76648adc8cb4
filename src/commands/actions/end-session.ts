import { inertLines } from '../../contract/inert.ts'
import { cellOf, printJson } from '../answer-rows.ts'
import { askServer } from '../ask-server.ts'
import { exitCodes } from '../command.ts'
import { endsAll, endText, reachText } from '../end-text.ts'
import type { ServerOptions } from '../server-options.ts'
import { serverOf } from '../server-options.ts'
import type { SessionName } from '../session-name.ts'

export interface Options extends ServerOptions {
  readonly reason: string
  readonly dryRun?: boolean
}

export async function run({ instance, kind, id }: SessionName, options: Options): Promise<void> {
  const path = `/v1/sessions/${[instance, kind, id].map(encodeURIComponent).join('/')}/end`
  const body = { reason: options.reason, dry_run: options.dryRun ?? false }
  const answer = await askServer(await serverOf(options), path, body)
  if (options.json) printJson(answer)
  else {
    const first = options.dryRun
      ? 'Only a look: nothing was asked for.'
      : `Asked for, as ${cellOf(answer.request_id)}.`
    const lines = [...reachText(answer), `${first} ${endText(answer)}`]
    process.stdout.write(`${lines.map(inertLines).join('\n')}\n`)
  }
  if (!endsAll(answer)) process.exitCode = exitCodes.found
}
