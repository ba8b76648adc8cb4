import { Type } from 'typebox'
import { CurfewError } from '../../contract/errors.ts'
import { identify } from '../../contract/identity.ts'
import type { Append, Ask, Now } from '../../contract/ports.ts'
import type { Request } from '../../contract/request.ts'
import type { Principal } from '../api/principal.ts'
import { closedObject } from '../api/schemas.ts'

/** Why somebody asks: kept for years beside what came of it, so never blank. */
export const Reason = Type.String({
  minLength: 1,
  maxLength: 512,
  pattern: '\\S',
  description: 'Why; kept with the request and shown to auditors.',
})

/** An order of a person to end something, or the question what that would end. */
export const OrderBody = closedObject({
  reason: Reason,
  dry_run: Type.Optional(Type.Boolean({ default: false })),
})

export const idempotencyHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 128,
      description: 'The same key with the same content is one request, however often it is sent.',
    }),
  ),
})

/** What is asked for; '' where it does not apply. */
export type RequestInput = Pick<Request, 'kind' | 'instance' | 'reason'> &
  Partial<Pick<Request, 'orderId' | 'subjectRef' | 'sessionKind' | 'sessionId'>>

/**
 * Writes a request down, once; the enforcer decides on it. Returns its id. `refuse` throws where it comes
 * too late; the repetition of a request that was placed is answered as the first was, whatever came of it.
 */
export type SubmitRequest = (
  principal: Principal,
  input: RequestInput,
  key: string | undefined,
  refuse?: () => void | Promise<void>,
) => Promise<string>

/**
 * Makes the writer of requests. With a key, the id of a request is made of who asks and the key, so
 * a repeat finds its first and writes nothing; two at the same time wait for each other. Should two
 * replicas write both, the rows share one id and are one request to the enforcer.
 *
 * @throws CurfewError SHOW_CONFLICT when the key was used for something else.
 */
export function makeSubmitRequest({
  ask,
  append,
  now,
}: {
  readonly ask: Ask
  readonly append: Append
  readonly now: Now
}): SubmitRequest {
  const underway = new Map<string, Promise<unknown>>()
  return async (principal, input, key, refuse) => {
    const at = now()
    const requestId = requestIdOf(principal, input, key, at)
    const before = underway.get(requestId)
    const submission = (async () => {
      await before?.catch(() => undefined)
      if (key !== undefined && (await isSubmitted(ask, principal.tenant, requestId, input))) return
      await refuse?.()
      await append('requests', [toRow({ ...input, at, requestId }, principal)])
    })()
    underway.set(requestId, submission)
    try {
      await submission
      return requestId
    } finally {
      if (underway.get(requestId) === submission) underway.delete(requestId)
    }
  }
}

function requestIdOf(
  { tenant, name }: Principal,
  {
    kind,
    instance,
    orderId = '',
    subjectRef = '',
    sessionKind = '',
    sessionId = '',
    reason,
  }: RequestInput,
  key: string | undefined,
  at: number,
): string {
  // Whose a session is may come to be known between a request and its repetition.
  const whose = kind === 'end_session' ? '' : subjectRef
  if (key !== undefined) return identify(tenant, name, 'key', key, instance, whose)
  const about = [orderId, subjectRef, sessionKind, sessionId]
  return identify(tenant, name, kind, instance, ...about, reason, String(at))
}

async function isSubmitted(
  ask: Ask,
  tenant: string,
  requestId: string,
  input: RequestInput,
): Promise<boolean> {
  const [row] = await ask(
    `select kind, order_id, session_kind, session_id, reason from requests
    where tenant = {tenant:String} and request_id = {request_id:String} limit 1`,
    { tenant, request_id: requestId },
  )
  if (row === undefined) return false
  const { kind, orderId = '', sessionKind = '', sessionId = '', reason } = input
  const isSame =
    row.kind === kind &&
    row.order_id === orderId &&
    row.session_kind === sessionKind &&
    row.session_id === sessionId &&
    row.reason === reason
  if (isSame) return true
  throw new CurfewError(
    'SHOW_CONFLICT',
    'This idempotency key was used for another request; take a new one.',
  )
}

function toRow(
  request: RequestInput & Pick<Request, 'at' | 'requestId'>,
  principal: Principal,
): object {
  return {
    tenant: principal.tenant,
    instance: request.instance,
    request_id: request.requestId,
    kind: request.kind,
    order_id: request.orderId ?? '',
    subject_ref: request.subjectRef ?? '',
    session_kind: request.sessionKind ?? '',
    session_id: request.sessionId ?? '',
    principal: principal.name,
    role: 'responder',
    reason: request.reason,
    at: new Date(request.at).toISOString(),
  }
}
