import { movesCursor } from '../config/settings.ts'

/** A stream to write to, and whether what stands there can be written over. */
export interface Screen {
  readonly isTTY: boolean
  readonly columns: number
  readonly rows: number
  readonly write: (text: string) => unknown
}

/** A terminal of the usual size where the stream does not say its own. */
export function screenOf(stream: NodeJS.WriteStream): Screen {
  const { isTTY, columns = 80, rows = 24 } = stream
  return {
    isTTY: isTTY && movesCursor(),
    columns,
    rows,
    write: (text) => stream.write(text),
  }
}
