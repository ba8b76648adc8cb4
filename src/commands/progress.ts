/** How far something long is: said now and then, and once more at its end. */
export type ProgressLine = (line: string, isLast?: boolean) => void

/** What is written to; `process.stderr` is one. */
interface Stream {
  readonly isTTY?: boolean
  readonly write: (text: string) => unknown
}

const rewriteEveryMs = 200
const lineEveryMs = 60_000

/**
 * One rewritten line on a terminal, one line a minute elsewhere, and never the same twice there.
 *
 * @param firstAfterMs how long to say nothing where nobody looks at a terminal.
 */
export function makeProgressLine({
  stream,
  now,
  firstAfterMs = lineEveryMs,
}: {
  readonly stream: Stream
  /** ms since the epoch. */
  readonly now: () => number
  readonly firstAfterMs?: number
}): ProgressLine {
  const isTerminal = stream.isTTY === true
  const everyMs = isTerminal ? rewriteEveryMs : lineEveryMs
  let dueAt = now() + (isTerminal ? 0 : firstAfterMs)
  let last = ''
  return (line, isLast = false) => {
    if (now() < dueAt && !isLast) return
    dueAt = now() + everyMs
    if (line === last && !isTerminal) return
    last = line
    stream.write(isTerminal ? `\r\x1b[K${line}${isLast ? '\n' : ''}` : `${line}\n`)
  }
}
