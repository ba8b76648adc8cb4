import type { Cause } from '../../contract/cause.ts'
import type { Log, Meter } from '../../contract/ports.ts'

/** Why a cause could not be matched to a subject. */
export type UnfollowedWhy = 'unknown_address' | 'several_people' | 'no_organization' | 'queue_full'

/** Counts and logs a cause that condemns no session because its subject is ambiguous or unknown. */
export type Unfollowed = (why: UnfollowedWhy, cause: Cause) => void

const texts: { readonly [Why in UnfollowedWhy]: string } = {
  unknown_address:
    'nobody who signs in is known by the e-mail address of a directory user: this cause condemns nobody',
  several_people:
    'several subjects are known by the e-mail address of a directory user: none of them is condemned by this cause',
  no_organization:
    'a directory names no organization: in which the access of its users ends is not clear, and this cause condemns nobody',
  queue_full:
    'more causes wait for the names of directory users than are held: this one is not followed any more',
}

export function makeUnfollowed({
  log,
  meter,
}: {
  readonly log: Log
  readonly meter: Meter
}): Unfollowed {
  return (why, { tenant, instance, causeId }) => {
    meter.count('curfew_enforce_unfollowed_causes_total', { why })
    log.warn({ tenant, instance, cause: causeId, why }, texts[why])
  }
}
