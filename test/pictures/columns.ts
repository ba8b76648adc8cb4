/**
 * Keeps some columns of a printed table and at most so many of its rows. Lines before and after the
 * table stay as they are. The head is the first line that has all of the columns.
 *
 * @throws Error where no line has them all: the table has changed.
 */
export function keepColumns(printed: string, columns: readonly string[], rowsMax: number): string {
  const lines = printed.split('\n')
  const headAt = lines.findIndex((line) => {
    const words = line.split(/ +/)
    return columns.every((column) => words.includes(column))
  })
  if (headAt < 0) throw new Error(`no table has the columns ${columns.join(', ')}`)
  const end = lines.indexOf('', headAt)
  const table = lines.slice(headAt, end < 0 ? undefined : end)
  const kept = slicesOf(table).filter(([from, to]) =>
    columns.includes(table[0]?.slice(from, to).trim() ?? ''),
  )
  const cut = (line: string) =>
    kept
      .map(([from, to]) => line.slice(from, to).padEnd(to - from))
      .join('  ')
      .trimEnd()
  const rows = table.length - 1
  return [
    ...lines.slice(0, headAt),
    ...table.slice(0, rowsMax + 1).map(cut),
    ...(rows > rowsMax ? [`… ${rows - rowsMax} more rows`] : []),
  ].join('\n')
}

/** Where columns begin and end: between two of them every line is blank for two characters or more. */
function slicesOf(table: readonly string[]): readonly (readonly [number, number])[] {
  const width = Math.max(...table.map((line) => line.length))
  const isBlank = (at: number) => table.every((line) => (line[at] ?? ' ') === ' ')
  const slices: [number, number][] = []
  for (let at = 0; at < width; at += 1) {
    if (isBlank(at)) continue
    const last = slices.at(-1)
    if (last && at - last[1] < 2) last[1] = at + 1
    else slices.push([at, at + 1])
  }
  // A stretch without a name is part of the column before it: its cells have wide blanks themselves.
  const head = table[0] ?? ''
  return slices.reduce<[number, number][]>((done, [from, to]) => {
    const last = done.at(-1)
    if (last && head.slice(from, to).trim() === '') last[1] = to
    else done.push([from, to])
    return done
  }, [])
}
