/** A growing buffer with the few writes the format needs. */
export class Out {
  bytes = Buffer.allocUnsafe(1 << 16)
  length = 0

  room(more: number): void {
    if (this.length + more <= this.bytes.length) return
    const grown = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.length + more))
    this.bytes.copy(grown, 0, 0, this.length)
    this.bytes = grown
  }

  varint(value: number): void {
    this.room(10)
    let rest = value
    while (rest >= 0x80) {
      this.bytes[this.length] = (rest & 0x7f) | 0x80
      this.length += 1
      rest = Math.floor(rest / 128)
    }
    this.bytes[this.length] = rest
    this.length += 1
  }

  /** Length-prefixed UTF-8. Ids are short and ASCII, where a loop beats a call into the runtime. */
  text(value: string): void {
    const size = value.length
    this.room(size * 3 + 10)
    if (size < 64 && this.ascii(value, size)) return
    const bytes = Buffer.byteLength(value)
    this.varint(bytes)
    this.bytes.write(value, this.length)
    this.length += bytes
  }

  private ascii(value: string, size: number): boolean {
    const { bytes } = this
    const start = this.length
    bytes[start] = size
    for (let at = 0; at < size; at += 1) {
      const code = value.charCodeAt(at)
      if (code > 0x7f) return false
      bytes[start + 1 + at] = code
    }
    this.length = start + 1 + size
    return true
  }

  u64(value: number): void {
    this.room(8)
    this.bytes.writeUInt32LE(value % 0x1_0000_0000, this.length)
    this.bytes.writeUInt32LE(Math.floor(value / 0x1_0000_0000), this.length + 4)
    this.length += 8
  }
}

/** A block on its way out: small parts written here, and the columns' own memory in between. */
export class Chunks extends Out {
  readonly list: Uint8Array[] = []
  private cutAt = 0

  /** Goes out as it is, without a copy: it must stay as it is until it is out. */
  raw(bytes: Uint8Array): void {
    this.cut()
    this.list.push(bytes)
  }

  /** All of it, in order. */
  end(): readonly Uint8Array[] {
    this.cut()
    return this.list
  }

  private cut(): void {
    if (this.length > this.cutAt) this.list.push(this.bytes.subarray(this.cutAt, this.length))
    this.cutAt = this.length
  }
}
