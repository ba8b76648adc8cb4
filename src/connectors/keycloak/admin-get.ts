import type { Static, TSchema } from 'typebox'
import type { Clock, Send, SendAnswer } from '../../contract/ports.ts'
import { makeAccessTokens, TokenAnswer } from '../../http/client-credentials.ts'
import { callFeed } from '../../source/feeds/feed-call.ts'

/**
 * A text as a part of an address. Half a character, which JSON may hold, would make `encodeURIComponent`
 * throw on one event at every poll, and the feed would stand still.
 */
export const encoded = (text: string): string => encodeURIComponent(text.toWellFormed())

/** Gets `path` (with its query) from the admin API of one realm; the answer must have that shape. */
export type KeycloakGet = <Shape extends TSchema>(asked: {
  /** In words: `the events of Keycloak`. */
  readonly what: string
  readonly path: string
  readonly shape: Shape
  readonly signal: AbortSignal
  /** What to do about a refusal where another role than view-events is missing. */
  readonly forbidden?: string
}) => Promise<{ readonly body: Static<Shape>; readonly headers: SendAnswer['headers'] }>

const advice = {
  400: 'Keycloak 26.2 or later is needed; check the id and secret of the client.',
  401: 'Check the id and secret of the client.',
  403: "Give the client's service account the role view-events of realm-management.",
  404: 'Check the address and the name of the realm.',
}

/**
 * Gets with an access token of its own. A refused call is made once more with a new token.
 *
 * @throws CurfewError as `callFeed` does.
 */
export function makeKeycloakGet(
  {
    baseUrl,
    realm,
    clientId,
    clientSecret,
  }: {
    readonly baseUrl: string
    readonly realm: string
    readonly clientId: string
    readonly clientSecret: string
  },
  { send, clock }: { readonly send: Send; readonly clock: Clock },
): KeycloakGet {
  const realmPath = `realms/${encoded(realm)}`
  const tokens = makeAccessTokens({
    clientId,
    clientSecret,
    now: clock.now,
    post: async (request) => {
      const what = 'a token of Keycloak'
      const url = `${baseUrl}/${realmPath}/protocol/openid-connect/token`
      const shape = TokenAnswer
      return (await callFeed({ send, now: clock.now, what, url, request, shape, advice })).body
    },
  })
  return async ({ what, path, shape, signal, forbidden = advice[403] }) => {
    const url = `${baseUrl}/admin/${realmPath}/${path}`
    let refusedWith = 0
    const ask = (token: string) =>
      callFeed({
        send,
        now: clock.now,
        what,
        url,
        request: { method: 'GET', headers: { authorization: `Bearer ${token}` }, signal },
        shape,
        advice: { ...advice, 403: forbidden },
        onRefusal: ({ status }) => {
          refusedWith = status
        },
      })
    const token = await tokens({ signal })
    return await ask(token).catch(async (error: unknown) => {
      // A token may expire early, when its session is ended or a key is rotated, and holds the
      // rights of when it was granted.
      if (refusedWith !== 401 && refusedWith !== 403) throw error
      return await ask(await tokens({ refused: token, signal }))
    })
  }
}
