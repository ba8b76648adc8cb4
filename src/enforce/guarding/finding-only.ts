import type { CurfewMode } from '../../contract/curfew.ts'
import type { Policy } from '../../contract/policy.ts'
import type { Proposal } from './guard.ts'

/**
 * Whether nothing but findings makes this order act, so that what findings may do at most holds
 * for it. A lifecycle curfew beside the finding lifts it out only when policy lets that class act
 * as far by itself: else a password change that is merely observed would carry a finding past
 * every limit, and passwords can be changed by whoever wants sessions ended.
 */
export function isFindingCaused(proposal: Proposal, policy: Policy): boolean {
  return !proposal.classes.some(
    (each) => each !== 'finding' && reach[policy.causes[each].mode] >= reach[proposal.mode],
  )
}

const reach: { readonly [Mode in CurfewMode]: number } = { observe: 0, approve: 1, enforce: 2 }
