import type { Static, TSchema } from 'typebox'
import { CurfewError } from '../../contract/errors.ts'
import type { Log } from '../../contract/ports.ts'
import type { KeycloakGet } from './admin-get.ts'
import type { Ask } from './members-of.ts'
import { whoLost } from './members-of.ts'

interface Timed {
  readonly time: number
}

/** The admin events of a page, each followed by those that were found to follow from it. */
export type MemberLook = (
  events: readonly Timed[],
  signal: AbortSignal,
) => Promise<readonly Timed[]>

/** Requests for one page of events, at most; each brings a hundred people. */
const callsMax = 60
const forbidden =
  "With the role view-realm of realm-management the client's service account sees who has a role."
/** After so many failures in a row that may pass, an event is told on without its members. */
const failuresMax = 3

/**
 * A role, group or organization that is deleted or loses a right takes it from its members, and the
 * admin event names none of them. So the realm is asked who they are: those it still lists, and, where
 * what they were members of is gone, those whom its own admin events show to have been put into it.
 * Each is told as the same act on that user, under a name made of the event's own.
 *
 * Admin events may show a part only, and what is asked for is bounded: unless the realm listed them
 * all, the event itself stays one that names nobody, which is counted and reported.
 */
export function makeMemberLook({
  get,
  log,
}: {
  readonly get: KeycloakGet
  readonly log: Log
}): MemberLook {
  let failures = 0
  const askOnce = async <Shape extends TSchema>(
    path: string,
    shape: Shape,
    signal: AbortSignal,
  ): Promise<Static<Shape> | undefined> => {
    try {
      const what = 'the members of what was taken away'
      const { body } = await get({ what, path, shape, signal, forbidden })
      failures = 0
      return body
    } catch (error) {
      if (!(error instanceof CurfewError)) throw error
      failures = error.retry ? failures + 1 : failures
      if (error.retry && failures <= failuresMax) throw error
      // It may be gone by now, or the right to look be missing: other events must still come.
      log.info({ reason: error.message }, 'who lost something could not be looked at')
      return undefined
    }
  }
  return async (events, signal) => {
    let calls = 0
    const ask: Ask = async (path, shape) => {
      calls += 1
      return calls > callsMax ? undefined : await askOnce(path, shape, signal)
    }
    const told: Timed[] = []
    for (const event of events) {
      const lost = await whoLost(event, ask)
      told.push(lost?.all === true ? markTold(event) : event)
      for (const user of lost?.users ?? []) told.push(eventOf(event, user))
    }
    if (calls > callsMax) {
      const text = 'more was taken away than can be asked about at once: some members are missed'
      log.warn({ calls, asked: callsMax }, text)
    }
    return told
  }
}

/** Decode would else count the event as one that names nobody. */
function markTold(event: Timed & { readonly details?: unknown }): Timed {
  const details = { ...Object(event.details), members: 'told' }
  return { ...event, ...{ details } }
}

function eventOf(
  event: Timed & { readonly id?: unknown; readonly resourcePath?: unknown },
  user: string,
): Timed {
  const { id, resourcePath } = event
  return {
    ...event,
    ...(typeof id === 'string' ? { id: `${id} ${user}` } : {}),
    ...{ resourcePath: `users/${user}/${resourcePath}` },
  }
}
