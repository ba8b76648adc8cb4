import type { Fields } from './fields.ts'
import { isFields } from './fields.ts'

/** Whether an object is just what Kafka Connect's JsonConverter writes: a schema and a payload. */
export function isConnect(json: Fields): boolean {
  return 'schema' in json && 'payload' in json && Object.keys(json).length === 2
}

/** Whether a value is what Debezium writes of one change of a table's row. */
export function isChange(value: unknown): value is Fields {
  return (
    isFields(value) && typeof value.op === 'string' && isFields(value.source) && 'after' in value
  )
}
