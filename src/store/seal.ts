import { createHash, createHmac } from 'node:crypto'

/** Tables whose rows are evidence: each row carries a salt and a commitment to itself. */
const sealed: ReadonlySet<string> = new Set([
  'causes',
  'findings',
  'curfews',
  'requests',
  'order_steps',
  'evidence',
])

/** Domain byte of a row commitment, apart from those of a hash tree's leaves and nodes. */
const rowDomain = Buffer.from([0x00])

/**
 * Adds salt and commitment to rows of evidence tables; rows of others pass as they are. A later log
 * can then seal the commitment alone: clearing a row's personal data and salt leaves the proof
 * whole and the person forgotten. The salt is derived, so a replayed row is the same bytes.
 */
export function makeSeal(key: Buffer) {
  return <Row extends object>(table: string, row: Row): Row => {
    if (!sealed.has(table)) return row
    const text = canonical(row)
    const salt = createHmac('sha256', key)
      .update(`${table}\u0000${text}`)
      .digest('hex')
      .slice(0, 32)
    const commit = createHash('sha256').update(rowDomain).update(salt).update(text).digest('hex')
    return { ...row, salt, row_commit: commit }
  }
}

/** One text per value: keys sorted, no blanks (RFC 8785 for the strings, integers and lists used). */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))
    return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${canonical(each)}`).join(',')}}`
  }
  return JSON.stringify(value) ?? 'null'
}
