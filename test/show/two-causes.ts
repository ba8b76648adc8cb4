import type { Append } from '../../src/contract/ports.ts'
import { hour, minute, second, start, told, write } from './world.ts'

const iso = (ms: number) => new Date(ms).toISOString()
const [olderAt, askedAt] = [start + 2 * minute, start + 10 * minute]
const orderedAt = start + 11 * minute

/**
 * One session `s` that an older cause of `rotation` condemned, for which the provider refused the first
 * order; then `me` asked for its end, and the order for that one ended it.
 */
export async function writeTwoCauses(append: Append, tenant: string): Promise<void> {
  const order = { orderedAt, acknowledgedAt: orderedAt + second }
  await write(append, tenant, [told({ id: 's', causeAt: olderAt, causedBy: 'rotation', ...order })])
  const session = { tenant, instance: 'one', session_kind: 'online', session_id: 's' }
  const cause = { cause_id: 'asked', class: 'operator_order', may_act: true }
  const asked = { initiator_kind: 'admin', initiator_id: 'me', reason: 'phone lost' }
  const told_at = { at: iso(askedAt), received_at: iso(askedAt) }
  await append('causes', [
    { tenant, instance: 'one', lane: 'live', ...cause, ...asked, ...told_at },
  ])
  await append('curfews', [
    {
      ...{ ...session, ...cause, curfew_id: 'c', mode: 'enforce', certainty: 'certain' },
      ...{ cause_at: iso(askedAt), deadline_at: iso(askedAt + hour), detected_at: iso(askedAt) },
    },
  ])
  const step = { ...session, incarnation: 0, actor: 'curfew' }
  const older = `${tenant}-cause-s`
  await append('order_steps', [
    {
      ...{ ...step, order_id: '1', epoch: 0, seq: 1, state: 'rejected' },
      ...{ at: iso(olderAt), cause_ids: [older] },
    },
    {
      ...{ ...step, order_id: '2', epoch: 2, seq: 1, state: 'dispatching' },
      ...{ at: iso(orderedAt), cause_ids: [older, 'asked'] },
    },
  ])
}
