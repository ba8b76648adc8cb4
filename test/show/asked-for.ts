import type { Append } from '../../src/contract/ports.ts'
import { noon } from './server.ts'
import { hour } from './world.ts'

/** So many minutes after an hour before noon. */
export const at = (minutes: number) => new Date(noon - hour + minutes * 60_000).toISOString()
/** What all requests have in common. */
export const asked = {
  tenant: 'acme',
  instance: 'one',
  role: 'responder',
  reason: 'lost',
  order_id: '',
}
/** A step of an order of the session `of-<id>`. */
export const step = (id: string, seq: number, state: string, more: object = {}) => ({
  ...{ tenant: 'acme', instance: 'one', order_id: id, epoch: 1, seq, state, at: at(20 + seq) },
  ...{ session_kind: 'online', session_id: `of-${id}`, incarnation: 0, subject_ref: 'ref' },
  ...{ curfew_ids: [`of of-${id}`], reason: `why ${seq}`, actor: 'curfew', ...more },
})

/** What people asked for of one tenant, and how far it was carried out. */
export async function writeAskedFor(append: Append): Promise<void> {
  await append('requests', [
    {
      ...{ ...asked, request_id: 'said', kind: 'approve', principal: 'grace' },
      ...{ order_id: 'c2', at: at(20) },
    },
    {
      ...asked,
      request_id: 'yes',
      kind: 'approve',
      principal: 'grace',
      order_id: 'a',
      at: at(21),
    },
    { ...asked, request_id: 'late', kind: 'deny', principal: 'dan', order_id: 'a', at: at(22) },
    {
      ...asked,
      request_id: 'new',
      kind: 'approve',
      principal: 'grace',
      order_id: 'b',
      at: at(23),
    },
    { ...asked, request_id: 'out', kind: 'sign_out_everywhere', principal: 'grace', at: at(5) },
    { ...asked, request_id: 'unread', kind: 'sign_out_everywhere', principal: 'dan', at: at(5) },
  ])
  const cause = { tenant: 'acme', instance: 'one', cause_id: 'c', class: 'operator_order' }
  // Proven: the session of a; that of c is only said to be contained.
  await append('evidence', [
    {
      ...{ tenant: 'acme', instance: 'one', session_kind: 'online', session_id: 'of-a' },
      ...{ evidence_id: 'gone', level: 'E2', means: 'listing', at: at(21) },
    },
  ])
  await append('causes', [{ ...cause, event_id: 'out', at: at(5), received_at: at(5) }])
  await append(
    'curfews',
    ['of-a', 'of-c', 'of-d'].map((id) => ({
      ...{
        ...cause,
        session_kind: 'online',
        session_id: id,
        incarnation: 0,
        curfew_id: `of ${id}`,
      },
      ...{ cause_at: at(5), deadline_at: at(6), detected_at: at(5), mode: 'enforce' },
    })),
  )
  await append('order_steps', [
    ...[step('a', 1, 'awaiting_approval'), step('a', 2, 'queued', { actor: 'grace' })],
    ...[step('a', 3, 'contained'), step('b', 1, 'awaiting_approval')],
    ...[step('c', 1, 'expired'), step('c2', 2, 'contained', { session_id: 'of-c' })],
    step('c2', 1, 'queued', { session_id: 'of-c', actor: 'grace' }),
    step('d', 1, 'shadowed', { reason: 'mode: only observed' }),
  ])
}
