import { hash } from 'node:crypto'
import { excerptOf } from '../contract/excerpt.ts'
import type { Batch, RawMessage } from '../contract/raw-message.ts'
import type { Rejected } from '../contract/rejected.ts'
import type { Fault } from './format.ts'

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
