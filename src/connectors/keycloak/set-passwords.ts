import { Type } from 'typebox'
import { CurfewError } from '../../contract/errors.ts'
import type { Log } from '../../contract/ports.ts'
import type { KeycloakGet } from './admin-get.ts'
import { encoded } from './admin-get.ts'

interface Timed {
  readonly time: number
}

/** Admin events that follow from those of a page: one for each password that one of them has set. */
export type CredentialLook = (
  events: readonly Timed[],
  signal: AbortSignal,
) => Promise<readonly (Timed & { readonly id?: string })[]>

const Credentials = Type.Array(
  Type.Object({
    id: Type.Optional(Type.String()),
    type: Type.Optional(Type.String()),
    createdDate: Type.Optional(Type.Integer()),
  }),
)

/** Look-ups for one page of events, at most; a bulk import changes as many users as it likes. */
const looksMax = 50
/**
 * A password is stored before the event of its request, by the same node and its clock; what else the
 * request does may take a second or two.
 */
const requestMsMax = 3_000

/**
 * `PUT users/{id}` with `credentials` sets a password, and its admin event leaves the credentials
 * out: it is the same as for a new first name. The dates of the user's credentials tell: a password
 * of the very time of the event was set with it. It is told as Keycloak tells `reset-password`, under
 * a name made of the event's own, so that the same one comes of the same event.
 */
export function makeCredentialLook({
  get,
  log,
}: {
  readonly get: KeycloakGet
  readonly log: Log
}): CredentialLook {
  const setAt = async (userId: string, time: number, signal: AbortSignal): Promise<boolean> => {
    const path = `users/${encoded(userId)}/credentials`
    const what = "the dates of a user's credentials"
    const { body } = await get({ what, path, shape: Credentials, signal })
    return body.some(({ type, createdDate: at = 0 }) => {
      return type === 'password' && at >= time - requestMsMax && at <= time
    })
  }
  return async (events, signal) => {
    const updates = events.filter((event) => userOf(event) !== undefined)
    const found: Timed[] = []
    if (updates.length > looksMax) {
      log.warn(
        { users: updates.length, lookedAt: looksMax },
        'more users were updated than can be looked at: a password set among the others is missed',
      )
    }
    for (const event of updates.slice(0, looksMax)) {
      const userId = userOf(event) ?? ''
      try {
        if (await setAt(userId, event.time, signal)) found.push(resetOf(event, userId))
      } catch (error) {
        if (!(error instanceof CurfewError) || error.retry) throw error
        // The user may be gone by now, or the right to look be missing: other events must still come.
        log.warn({ reason: error.message }, 'the credentials of a user could not be looked at')
      }
    }
    return found
  }
}

/** Whose account an event says was updated; undefined for every other event. */
function userOf(event: object): string | undefined {
  const said = (name: string): unknown => Object.getOwnPropertyDescriptor(event, name)?.value
  if (said('operationType') !== 'UPDATE' || said('resourceType') !== 'USER') return undefined
  const path = said('resourcePath')
  const failed = said('error') !== undefined && said('error') !== null
  if (failed || typeof path !== 'string') return undefined
  return /^users\/([^/]+)$/.exec(path)?.[1]
}

function resetOf(event: Timed & { readonly id?: unknown }, userId: string): Timed {
  const { id } = event
  return {
    ...event,
    ...(typeof id === 'string' ? { id: `${id} password` } : {}),
    ...{ operationType: 'ACTION', resourcePath: `users/${userId}/reset-password` },
    ...{ representation: undefined, details: { set_by: 'UPDATE USER' } },
  }
}
