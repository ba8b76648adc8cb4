import { Type } from 'typebox'
import { CurfewError } from '../../contract/errors.ts'
import { identify } from '../../contract/identity.ts'
import type { Append, Ask, Now } from '../../contract/ports.ts'
import type { Request } from '../../contract/request.ts'
import type { Principal } from '../api/principal.ts'
import { closedObject } from '../api/schemas.ts'

/** Reason of a request: kept for years beside its outcome, so never blank. */
export const Reason = Type.String({
  minLength: 1,
  maxLength: 512,
  pattern: '\\S',
  description: 'Why; kept with the request and shown to auditors.',
})

/** An order of a person to end sessions, or with `dry_run` only its preview. */
export const OrderBody = closedObject({
  reason: Reason,
  dry_run: Type.Optional(Type.Boolean({ default: false })),
})

export const idempotencyHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 128,
      description:
        'Requests with the same key and content are one request, however often they are sent.',
    }),
  ),
})

/** The content of a request; '' where a field does not apply. */
export type RequestInput = Pick<Request, 'kind' | 'instance' | 'reason'> &
  Partial<Pick<Request, 'orderId' | 'subjectRef' | 'sessionKind' | 'sessionId'>>

/**
 * Records a request once and returns its id; the enforcer decides on it. `refuse` throws where the request is
 * too late; a repeated request is answered like the first one, whatever its outcome.
 */
export type SubmitRequest = (
  principal: Principal,
  input: RequestInput,
  key: string | undefined,
  refuse?: () => void | Promise<void>,
) => Promise<string>

/**
 * Makes the writer of requests. With a key, the id of a request is derived from the caller and the key, so
 * a repeated request finds its first and writes nothing; two concurrent ones run in sequence. If two
 * replicas write both, the rows have one id and are one request to the enforcer.
 *
 * @throws CurfewError SHOW_CONFLICT when the key was used for another request.
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
  // The subject of a session may become known between a request and its repetition.
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
