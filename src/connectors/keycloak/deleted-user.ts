import type { Static } from 'typebox'
import { Type } from 'typebox'
import type { Exchange } from '../../enforce/provider-kit/exchange.ts'
import { bodyAs } from '../../enforce/provider-kit/exchange.ts'
import { pathPart } from '../../enforce/provider-kit/target.ts'

const AdminEvents = Type.Array(
  Type.Object({
    operationType: Type.String(),
    resourcePath: Type.Optional(Type.String()),
    error: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  }),
)
const UserEvents = Type.Array(
  Type.Object({ type: Type.String(), userId: Type.Optional(Type.String()) }),
)

/** Both kinds of events are filtered by Keycloak; the few that are left are looked at here again. */
const eventsMax = 10

/**
 * Whether a user whom the realm does not know was deleted there. That the realm does not know an id
 * proves nothing by itself: it may be another system's name for somebody who is signed in. The realm's
 * own record of the deletion names that id, says that it was a user of this realm, and shows that the
 * realm answers. Keycloak ends the sessions of a user with the user, and refuses what is left of them.
 *
 * Needs the role `view-events`, as the feed does, and a realm that saves its admin events; without
 * either the answer is no. Two requests at most.
 *
 * @throws CurfewError as every call to the provider.
 */
export async function wasDeleted(
  { exchange, url }: { readonly exchange: Exchange; readonly url: string },
  subjectId: string,
): Promise<boolean> {
  const id = pathPart(subjectId)
  const what = 'looking for the deletion of a user'
  const ask = (path: string) =>
    exchange({ what, url: `${url}/${path}`, method: 'GET', expects: [200, 403, 404] })
  const query = `operationTypes=DELETE&resourceTypes=USER&resourcePath=users/${id}`
  const byAdmin = await ask(`admin-events?${query}&max=${eventsMax}`)
  if (byAdmin.status === 200) {
    const isIt = (event: Static<typeof AdminEvents>[number]) =>
      event.operationType === 'DELETE' &&
      event.resourcePath === `users/${subjectId}` &&
      !event.error
    if (bodyAs(AdminEvents, byAdmin).some(isIt)) return true
  }
  const byUser = await ask(`events?type=DELETE_ACCOUNT&user=${id}&max=${eventsMax}`)
  if (byUser.status !== 200) return false
  return bodyAs(UserEvents, byUser).some(
    ({ type, userId }) => type === 'DELETE_ACCOUNT' && userId === subjectId,
  )
}
