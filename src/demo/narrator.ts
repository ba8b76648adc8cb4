/** What is written to; `process.stdout` is one. */
interface Stream {
  /** Whether a line can be written over. */
  readonly isTTY: boolean
  readonly write: (text: string) => unknown
}

/** Prints the step in progress until the first figures are there. */
export interface Narrator extends Disposable {
  /** What begins now; what came before is over. */
  readonly begin: (words: string) => void
  /** Ends the line of the current step. */
  readonly end: () => void
}

const everyMs = 500

/** On a terminal the line counts its seconds; elsewhere each thing is one line. */
export function makeNarrator({
  stream,
  now,
}: {
  readonly stream: Stream
  /** ms since the epoch. */
  readonly now: () => number
}): Narrator {
  let current: { readonly words: string; readonly at: number } | undefined
  let ticking: NodeJS.Timeout | undefined
  const seconds = (at: number): string => `${((now() - at) / 1_000).toFixed(1)} s`
  const draw = (mark: string, after: string): void => {
    if (current !== undefined) {
      stream.write(`\r\x1b[K  ${current.words} ${mark}${seconds(current.at)}${after}`)
    }
  }
  const end = (): void => {
    clearInterval(ticking)
    if (stream.isTTY) draw('', '\n')
    current = undefined
  }
  return {
    begin: (words) => {
      end()
      current = { words, at: now() }
      if (!stream.isTTY) stream.write(`  ${words} …\n`)
      else {
        draw('… ', '')
        ticking = setInterval(() => draw('… ', ''), everyMs)
        ticking.unref()
      }
    },
    end,
    [Symbol.dispose]: end,
  }
}
