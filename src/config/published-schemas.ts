import type { TSchema } from 'typebox'
import { Cause } from '../contract/cause.ts'
import { Curfew } from '../contract/curfew.ts'
import { Evidence } from '../contract/evidence.ts'
import { Finding } from '../contract/finding.ts'
import { OrderStep } from '../contract/order-step.ts'
import { PolicyFile } from '../contract/policy.ts'
import { Rejected } from '../contract/rejected.ts'
import { Request } from '../contract/request.ts'
import { SessionEventV1 } from '../contract/session-event-v1.ts'

/** What another program must know to agree with us; each `$id` is the name of its file. */
const published = {
  'session-event.v1': SessionEventV1,
  'policy.v1': PolicyFile,
  'rejected.v1': Rejected,
  'cause.v1': Cause,
  'curfew.v1': Curfew,
  'finding.v1': Finding,
  'request.v1': Request,
  'order-step.v1': OrderStep,
  'evidence.v1': Evidence,
} as const satisfies { readonly [id: string]: TSchema }

/**
 * The published contracts as JSON Schema (draft 2020-12): path under `schemas/` → text of the file.
 * The same code gives the same text, byte for byte, so that a changed contract shows as a changed
 * file in review.
 */
export function publishedSchemas(): ReadonlyMap<string, string> {
  return new Map(
    Object.entries(published).map(([id, schema]) => [`${id}.json`, textOf(schema)] as const),
  )
}

function textOf(schema: TSchema): string {
  const { $id, title, description, ...rest }: JsonSchema = { ...schema }
  const $schema = 'https://json-schema.org/draft/2020-12/schema'
  return `${JSON.stringify({ $schema, $id, title, description, ...rest }, null, 2)}\n`
}

/** A schema as data: what introduces it first, for whoever opens the file. */
interface JsonSchema {
  readonly [keyword: string]: unknown
}
