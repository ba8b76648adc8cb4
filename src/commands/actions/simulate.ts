import { accessSync, constants, existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { readSettings } from '../../config/settings.ts'
import { CurfewError, codeOf } from '../../contract/errors.ts'
import { makeSend } from '../../http/bounded-fetch.ts'
import { systemClock } from '../../process/clock.ts'
import { makeLog } from '../../process/log.ts'
import { openRelayIn } from '../../runtime/sources.ts'
import type { Summary } from '../../simulate/simulate.ts'
import { openSimulation } from '../../simulate/simulate.ts'
import type { CollectingSink } from '../../simulate/sinks/collecting.ts'
import { makeCollectingSink } from '../../simulate/sinks/collecting.ts'
import { openFileSink } from '../../simulate/sinks/file.ts'
import { makeIntakeSink } from '../../simulate/sinks/intake.ts'
import { makeKafkaSink } from '../../simulate/sinks/kafka.ts'
import { openLedgerFile } from '../../simulate/truth.ts'
import { tokenIn } from '../ask-server.ts'
import { exitCodes } from '../command.ts'
import { makeProgressLine } from '../progress.ts'
import { untilStopped } from '../stopping.ts'

export interface Options {
  readonly out?: string
  readonly topic?: string
  readonly intake?: string
  readonly tokenFile?: string
  readonly ledger: string
  readonly seed: string
  readonly people: number
  readonly days: number
  readonly speed: number | 'fast'
  readonly start?: number
  readonly instance: string
  readonly json?: boolean
}

const dayMs = 86_400_000

export async function run(options: Options): Promise<void> {
  const { ledger: ledgerPath, json, people, seed, instance, days, start, speed = 'fast' } = options
  check(options)
  await using stack = new AsyncDisposableStack()
  const sink = openSink(options, stack)
  const ledger = stack.use(openLedgerFile(ledgerPath))
  const simulation = openSimulation({
    seed,
    people,
    instance,
    days,
    speed,
    worldOnly: true,
    startAt: start ?? systemClock.now() - days * dayMs,
    clock: systemClock,
    sink: counted(sink),
    ledger,
  })
  const running = simulation.run()
  const stopped = untilStopped()
  const signal = await Promise.race([running.then(() => undefined), stopped])
  if (signal !== undefined) process.exitCode = exitCodes.stopped
  const summary = await simulation.stop()
  await sink.close()
  // The summary begins where the last of the rewritten lines stood.
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
  process.stdout.write(json ? `${JSON.stringify(summary)}\n` : `${wordsOf(summary, options)}\n`)
}

/** The sink, telling how many messages went in: a company may live for days. */
function counted({ send }: CollectingSink): Pick<CollectingSink, 'send'> {
  const say = makeProgressLine({ stream: process.stderr, now: systemClock.now })
  let sent = 0
  return {
    send: async (lines) => {
      await send(lines)
      sent += lines.length
      say(`${sent} messages`)
    },
  }
}

function check({ out, ledger, topic, intake, tokenFile, speed, start }: Options): void {
  const ways = [out, topic, intake].filter((way) => way !== undefined)
  if (ways.length !== 1) throw misused('give one of --out, --topic and --intake')
  if ((intake === undefined) !== (tokenFile === undefined)) {
    throw misused('--intake and --token-file go together')
  }
  if (speed !== undefined && start !== undefined) {
    throw misused('--start is for as fast as possible; with --speed time is that of the clock')
  }
  if (out === ledger) throw misused('--out and --ledger must be two files')
  for (const path of [out, ledger]) if (path !== undefined) checkNew(path)
}

/** Before the company begins to live: at its end it would be too late to say. */
function checkNew(path: string): void {
  if (existsSync(path)) throw misused(`${path} is there already; name a new file`)
  try {
    accessSync(dirname(resolve(path)), constants.W_OK)
  } catch (error) {
    throw misused(
      `${path} cannot be made (${codeOf(error)}); name a file in a folder that is there and may be written to`,
    )
  }
}

const misused = (reason: string) => new CurfewError('SETTINGS_INVALID', reason)

/** Events to a batch, where nobody waits for any single one. */
const gatheredMax = 500

function openSink(options: Options, stack: AsyncDisposableStack): CollectingSink {
  const { out, topic, intake, tokenFile, speed } = options
  if (out !== undefined) return stack.use(openFileSink(out))
  const send = makeSend({ timeoutMs: 30_000, bodyBytesMax: 65_536 })
  const linesMax = speed === undefined ? gatheredMax : 1
  if (intake !== undefined) {
    const token = tokenIn(tokenFile ?? '')
    const sink = makeIntakeSink({ url: intake, token, send, clock: systemClock })
    return makeCollectingSink(sink, linesMax)
  }
  const relay = openRelayIn(readSettings(), { log: makeLog('warn'), clock: systemClock, send })
  if (relay === undefined) throw misused('--topic needs CURFEW_KAFKA_BROKERS')
  stack.defer(relay.close)
  const produce = relay.send
  return makeCollectingSink(
    makeKafkaSink({ topic: topic ?? '', produce, clock: systemClock }),
    linesMax,
  )
}

function wordsOf(summary: Summary, { out, topic, intake, ledger }: Options): string {
  const { sent, sessions, causes, survivorsActive, survivorsIdle, thefts } = summary
  const { usesAfterRevoke, usesAfterExpiry } = summary
  const where = out === undefined ? `to ${topic ?? intake}` : `in ${out}`
  return [
    `${sent} messages about ${sessions} sessions ${where}`,
    `${causes} causes, ${survivorsActive + survivorsIdle} survivors, ${thefts} thefts, ` +
      `${usesAfterRevoke + usesAfterExpiry} uses of what was over: the truth is in ${ledger}`,
  ].join('\n')
}
