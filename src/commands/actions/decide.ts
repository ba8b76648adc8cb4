import { inert } from '../../contract/inert.ts'
import { cellOf, cellsOf, printJson } from '../answer-rows.ts'
import { askServer } from '../ask-server.ts'
import { exitCodes } from '../command.ts'
import type { ServerOptions } from '../server-options.ts'
import { serverOf } from '../server-options.ts'
import { sessionNameOf } from '../session-name.ts'

export interface Options extends ServerOptions {
  readonly reason: string
  readonly withOthers?: boolean
}

/** Approves or denies an order. What its call also ends is shown first, and must be agreed to. */
export async function run(
  kind: 'approve' | 'deny',
  orderId: string,
  options: Options,
): Promise<void> {
  const server = await serverOf(options)
  const path = `/v1/orders/${encodeURIComponent(orderId)}`
  const order = await askServer(server, path)
  const others = Array.isArray(order.also_ends) ? order.also_ends.map(cellOf) : []
  if (kind === 'approve' && others.length > 0 && !options.withOthers) {
    const { state } = cellsOf(order)
    process.stderr.write(
      `curfew: ${inert(`the order for ${sessionNameOf(order)} (${state}) would also end ${others.join(', ')}`)}. ` +
        'Nothing was asked for; approve it with --with-others to end these too\n',
    )
    process.exitCode = exitCodes.found
    return
  }
  // The server refuses it where the call would end others by now than were shown.
  const body = { reason: options.reason, ...(kind === 'approve' ? { also_ends: others } : {}) }
  const answer = await askServer(server, `${path}/${kind}`, body)
  const isIdle = kind === 'approve' && answer.will_end === false
  if (options.json) printJson(answer)
  else {
    const request = cellOf(answer.request_id)
    const words = `asked to ${kind} the order for ${sessionNameOf(order)}, as ${request}; the enforcer decides, and curfew requests ${request} shows it`
    const note = isIdle ? `. NOTHING IS ENDED: ${cellOf(answer.because)}` : ''
    process.stdout.write(`${inert(`${words}${note}`)}\n`)
  }
  if (isIdle) process.exitCode = exitCodes.found
}
