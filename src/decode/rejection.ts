import { hash } from 'node:crypto'
import type { Batch, RawMessage } from '../contract/raw-message.ts'
import type { Rejected } from '../contract/rejected.ts'
import type { Fault } from './format.ts'

const excerptLengthMax = 512
const nothing = Buffer.alloc(0)

/** The row that remembers a message which is no event. */
export function rejectionOf(fault: Fault, message: RawMessage, batch: Batch): Rejected {
  const value = message.value ?? nothing
  return {
    tenant: batch.binding.tenant,
    instance: batch.binding.instance,
    source: batch.source,
    partition: batch.partition,
    offset: message.offset,
    receivedAt: message.receivedAt,
    reason: fault.reason,
    detail: fault.detail.slice(0, 200),
    excerpt: excerptOf(value, fault.reason === 'not_utf8'),
    digest: hash('sha256', value, 'hex').slice(0, 32),
    bytes: value.length,
  }
}

/**
 * The beginning of a message in printable ASCII without quotes and backslashes: it ends up in logs,
 * tables, terminals and pages, and whoever wrote it may have had one of them in mind. Bytes that
 * are no text are shown one by one.
 */
function excerptOf(value: Buffer, byteByByte: boolean): string {
  const start = value.subarray(0, excerptLengthMax).toString(byteByByte ? 'latin1' : 'utf8')
  let excerpt = ''
  for (let at = 0; at < start.length; at++) {
    const code = start.charCodeAt(at)
    const shown = isHarmless(code) ? start.charAt(at) : `\\u${code.toString(16).padStart(4, '0')}`
    if (excerpt.length + shown.length > excerptLengthMax) break
    excerpt += shown
  }
  return excerpt
}

function isHarmless(code: number): boolean {
  if (code < 0x20 || code > 0x7e) return false
  return code !== 0x22 && code !== 0x27 && code !== 0x5c && code !== 0x60
}
