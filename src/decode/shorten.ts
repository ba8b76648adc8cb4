const quote = 0x22
const backslash = 0x5c
const u = 0x75
/** Messages are looked through up to so many times the size that is read. */
const factor = 16
/** More than any field may hold. */
const textBytesMax = 16 * 1024

/**
 * JSON whose texts are cut so that all of it fits in `bytesMax`; undefined where that does not make it
 * fit, and for what is over 16 times as long. Whoever can fill one field with a long text could else make
 * the event around it unseen.
 *
 * Texts are cut to 16 KiB, more than any field may hold, so that a name is still too long and is refused,
 * and what only describes is cut further by its reader. An escape or a character is never cut in two.
 * Nothing but texts is touched; what was no JSON is none afterwards. Takes one pass, and no more memory
 * than `bytesMax`.
 */
export function shortened(value: Buffer, bytesMax: number): Buffer | undefined {
  if (!isLookedThrough(value, bytesMax)) return undefined
  const out = Buffer.allocUnsafe(bytesMax)
  let size = 0
  let from = 0
  const keep = (to: number): boolean => {
    if (size + to - from > bytesMax) return false
    size += value.copy(out, size, from, to)
    return true
  }
  for (let at = value.indexOf(quote); at !== -1; at = value.indexOf(quote, from)) {
    const { cut, end } = textFrom(value, at + 1)
    if (!keep(cut)) return undefined
    from = end
    // The closing quote belongs to what is kept; a text without an end is none.
    if (from >= value.length || !keep(from + 1)) return undefined
    from += 1
  }
  return keep(value.length) ? out.subarray(0, size) : undefined
}

/** Whether a message is small enough to be looked through for texts to cut. */
export function isLookedThrough(value: Buffer, bytesMax: number): boolean {
  return value.length <= bytesMax * factor
}

/** Where a text that begins at `at` is to be cut, and where its closing quote is. */
function textFrom(value: Buffer, at: number) {
  let cut = at
  let end = at
  while (end < value.length && value[end] !== quote) {
    const next = end + lengthOfUnit(value, end)
    if (next - at <= textBytesMax) cut = next
    end = next
  }
  return { cut: Math.min(cut, value.length), end }
}

/** Bytes of an escape, or of a character of UTF-8. */
function lengthOfUnit(value: Buffer, at: number): number {
  const byte = value[at] ?? 0
  if (byte === backslash) return value[at + 1] === u ? 6 : 2
  if (byte < 0xc0) return 1
  if (byte < 0xe0) return 2
  return byte < 0xf0 ? 3 : 4
}
