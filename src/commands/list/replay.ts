import { join } from 'node:path'
import { makePseudonym } from '../../decode/pseudonym.ts'
import { makeCondemn } from '../../impose/condemn.ts'
import { openIngest } from '../../ingest.ts'
import { loadKey } from '../../key.ts'
import { migrations, targetOf } from '../../main.ts'
import { openMetrics } from '../../show/metrics.ts'
import { makeCheckpoint } from '../../source/checkpoint.ts'
import type { FileProgress } from '../../source/sources/file.ts'
import { openFiles } from '../../source/sources/file.ts'
import { openStore } from '../../store/store.ts'
import type { Command } from '../command.ts'
import { readOptions, untilStopped } from '../opening.ts'

interface Options {
  readonly tenant: string
  readonly instance: string
  readonly format: string
  readonly json?: boolean
}

export const command: Command = {
  id: 'replay',
  add: (program) => {
    program
      .command('replay')
      .description(
        'Bring in files of events, one JSON object a line, plain or gzip. History is judged and never acted upon.',
      )
      .argument('<files...>', 'files, in the order to read them')
      .requiredOption('--tenant <name>', 'whose events they are')
      .requiredOption('--instance <name>', 'which connection they came from')
      .option('--format <id>', 'format of the lines', 'session-event-v1')
      .option('--json', 'print one JSON object at the end')
      .addHelpText(
        'after',
        '\nStopped halfway, the same command goes on where it was recorded.\nExample:\n  curfew replay --tenant acme --instance sso october.ndjson.gz',
      )
      .action(run)
  },
}

async function run(
  files: readonly string[],
  { tenant, instance, format, json }: Options,
): Promise<void> {
  const options = readOptions()
  const { settings, policy, clock, log } = options
  const dataDir = settings.CURFEW_DATA_DIR
  await using stack = new AsyncDisposableStack()
  const key = loadKey(settings.CURFEW_KEY_FILE ?? join(dataDir, 'keys/subject.key'))
  const store = await openStore({ target: targetOf(settings), migrations, sealKey: key, log })
  stack.defer(store.close)
  const { meter } = openMetrics()
  const pseudonym = makePseudonym({ key, cacheMax: 500_000 })
  const condemn = makeCondemn({ policy })
  const ingest = await openIngest({
    settings,
    policy,
    store,
    pseudonym,
    condemn,
    clock,
    log,
    meter,
    onCauses() {},
  })
  stack.defer(ingest.close)
  let lines = 0
  const source = openFiles(files, {
    binding: { tenant, instance, lane: 'historical', mayAct: false, trusted: [] },
    format,
    checkpoint: makeCheckpoint(join(dataDir, 'checkpoints')),
    log,
    clock,
    onProgress: makeProgress((progress) => {
      lines = progress.lines
    }),
  })
  stack.defer(() => source.close())
  const stopped = untilStopped().then(() => source.close())
  await Promise.race([source.run(ingest.deliver), stopped])
  process.stdout.write(
    json ? `${JSON.stringify({ files: files.length, lines })}\n` : `recorded ${lines} lines\n`,
  )
}

/** One rewritten line on a terminal, one line a minute elsewhere. */
function makeProgress(seen: (progress: FileProgress) => void) {
  const { stderr } = process
  let said = 0
  return (progress: FileProgress): void => {
    seen(progress)
    const due = stderr.isTTY ? 200 : 60_000
    if (Date.now() - said < due && !progress.done) return
    said = Date.now()
    const share =
      progress.bytesTotal === 0 ? 100 : Math.round((100 * progress.bytesRead) / progress.bytesTotal)
    const line = `${progress.path} (${progress.file} of ${progress.files}): ${share} %, ${progress.lines} lines recorded`
    stderr.write(stderr.isTTY ? `\r\x1b[K${line}${progress.done ? '\n' : ''}` : `${line}\n`)
  }
}
