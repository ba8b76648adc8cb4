/** A line without its end, and its number in the file, counted from 0. */
export interface Line {
  readonly number: number
  readonly bytes: Buffer
  /** It went on beyond what is kept; `bytes` is its head. */
  readonly cut: boolean
}

const lineFeed = 0x0a
const carriageReturn = 0x0d
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])

/**
 * Cuts a stream of bytes into lines. Holds at most `lineBytesMax` of a line that has not ended: of
 * a longer one only the first `headBytes` are kept. Blank lines count but are not given out.
 */
export class LineCutter {
  readonly #lineBytesMax: number
  readonly #headBytes: number
  #number = 0
  #parts: Buffer[] = []
  #heldBytes = 0
  #isCut = false

  constructor({
    lineBytesMax,
    headBytes,
  }: {
    readonly lineBytesMax: number
    readonly headBytes: number
  }) {
    this.#lineBytesMax = lineBytesMax
    this.#headBytes = headBytes
  }

  /** The number of the next line that begins. */
  get number(): number {
    return this.#number
  }

  /** The lines that end in this chunk. */
  push(chunk: Buffer): Line[] {
    const lines: Line[] = []
    let from = 0
    for (let end = chunk.indexOf(lineFeed); end !== -1; end = chunk.indexOf(lineFeed, from)) {
      this.#hold(chunk.subarray(from, end))
      this.#endLine(lines)
      from = end + 1
    }
    if (from < chunk.length) this.#hold(chunk.subarray(from))
    return lines
  }

  /** The last line, when the stream does not end with a line's end. */
  end(): Line[] {
    const lines: Line[] = []
    if (this.#heldBytes > 0) this.#endLine(lines)
    return lines
  }

  #hold(part: Buffer): void {
    if (this.#isCut) return
    this.#parts.push(part)
    this.#heldBytes += part.length
    if (this.#heldBytes <= this.#lineBytesMax) return
    this.#isCut = true
    // Copied, because a slice would keep the whole of the long line alive.
    this.#parts = [Buffer.from(Buffer.concat(this.#parts).subarray(0, this.#headBytes))]
  }

  #endLine(lines: Line[]): void {
    const number = this.#number
    this.#number += 1
    const bytes = trimmed(joined(this.#parts), number)
    if (bytes.length > 0) lines.push({ number, bytes, cut: this.#isCut })
    this.#parts = []
    this.#heldBytes = 0
    this.#isCut = false
  }
}

function joined(parts: readonly Buffer[]): Buffer {
  const [first] = parts
  return first !== undefined && parts.length === 1 ? first : Buffer.concat(parts)
}

/** Without a carriage return before the line's end and without the mark some editors begin with. */
function trimmed(bytes: Buffer, number: number): Buffer {
  const from = number === 0 && bytes.subarray(0, 3).equals(byteOrderMark) ? 3 : 0
  const to = bytes.at(-1) === carriageReturn ? bytes.length - 1 : bytes.length
  return isBlank(bytes, from, to) ? bytes.subarray(0, 0) : bytes.subarray(from, to)
}

function isBlank(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) {
    if (bytes[at] !== 0x20 && bytes[at] !== 0x09) return false
  }
  return true
}
