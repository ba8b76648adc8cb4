import { createHmac, createSecretKey, hash } from 'node:crypto'

/** Evidence tables: each row carries a salt and a commitment to itself. */
const sealed: ReadonlySet<string> = new Set([
  'causes',
  'replaced_causes',
  'findings',
  'curfews',
  'requests',
  'order_steps',
  'evidence',
])

/** Domain prefix of a row commitment, distinct from those of a hash tree's leaves and nodes. */
const rowDomain = 'curfew row\u0000'

/**
 * Adds salt and commitment to rows of evidence tables; rows of other tables are unchanged. A proof log
 * can then seal the commitment alone: clearing a row's personal data and salt erases the person and keeps the
 * proof. The salt is derived, so a replayed row has the same bytes.
 */
export function makeSeal(key: Buffer) {
  // Made once: importing the raw key at every call costs time.
  const secret = createSecretKey(key)
  return <Row extends object>(table: string, row: Row): Row => {
    if (!sealed.has(table)) return row
    const text = canonical(row)
    const salt = createHmac('sha256', secret)
      .update(`${table}\u0000${text}`)
      .digest('hex')
      .slice(0, 32)
    const commit = hash('sha256', `${rowDomain}${salt}${text}`, 'hex')
    return { ...row, salt, row_commit: commit }
  }
}

/** Canonical JSON: keys sorted, no white space (RFC 8785 for the strings, integers and lists used). */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))
    return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${canonical(each)}`).join(',')}}`
  }
  return JSON.stringify(value) ?? 'null'
}
