import type { CurfewMode } from '../../contract/curfew.ts'
import type { Policy } from '../../contract/policy.ts'
import type { Proposal } from './guard.ts'

/**
 * Whether findings alone make this order act, so that their limits apply. A lifecycle curfew lifts
 * an order out of them only where policy lets its class act as far by itself: otherwise an
 * observed password change would carry a finding past every limit, and an attacker can cause
 * password changes.
 */
export function isFindingCaused(proposal: Proposal, policy: Policy): boolean {
  return !proposal.classes.some(
    (each) => each !== 'finding' && reach[policy.causes[each].mode] >= reach[proposal.mode],
  )
}

const reach: { readonly [Mode in CurfewMode]: number } = { observe: 0, approve: 1, enforce: 2 }
