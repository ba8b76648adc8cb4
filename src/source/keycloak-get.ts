import type { Static, TSchema } from 'typebox'
import { Type } from 'typebox'
import type { Clock, Send, SendAnswer } from '../contract/ports.ts'
import { callFeed, isRefusal } from './feeds/feed-call.ts'

/** Asks the admin API of one realm for `path` (with its query), which must answer in that shape. */
/**
 * A text as a part of an address. Half a character, which JSON may hold, would make `encodeURIComponent`
 * throw on one event at every poll, and the feed would stand still.
 */
export const encoded = (text: string): string => encodeURIComponent(text.toWellFormed())

export type KeycloakGet = <Shape extends TSchema>(asked: {
  /** In words: `the events of Keycloak`. */
  readonly what: string
  readonly path: string
  readonly shape: Shape
  readonly signal: AbortSignal
  /** What to do about a refusal where another role than view-events is missing. */
  readonly forbidden?: string
}) => Promise<{ readonly body: Static<Shape>; readonly headers: SendAnswer['headers'] }>

const Token = Type.Object({
  access_token: Type.String({ minLength: 1 }),
  expires_in: Type.Number({ minimum: 0 }),
})

const advice = {
  400: 'Keycloak 26.2 or later is needed; check the id and secret of the client.',
  401: 'Check the id and secret of the client.',
  403: "Give the client's service account the role view-events of realm-management.",
  404: 'Check the address and the name of the realm.',
}

/**
 * Asks with a token of our own, renewed in time; one that is refused is renewed once more.
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
  let token: { readonly text: string; readonly until: number } | undefined
  const renew = async (signal: AbortSignal): Promise<string> => {
    const { body } = await callFeed({
      send,
      now: clock.now,
      what: 'a token of Keycloak',
      url: `${baseUrl}/${realmPath}/protocol/openid-connect/token`,
      request: {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: String(
          new URLSearchParams({
            grant_type: 'client_credentials',
            client_id: clientId,
            client_secret: clientSecret,
          }),
        ),
        signal,
      },
      shape: Token,
      advice,
    })
    // It lives a minute or so; the last tenth might pass on the way.
    token = { text: body.access_token, until: clock.now() + body.expires_in * 900 }
    return token.text
  }
  return async ({ what, path, shape, signal, forbidden = advice[403] }) => {
    const ask = (bearer: string) =>
      callFeed({
        send,
        now: clock.now,
        what,
        url: `${baseUrl}/admin/${realmPath}/${path}`,
        request: { method: 'GET', headers: { authorization: `Bearer ${bearer}` }, signal },
        shape,
        advice: { ...advice, 403: forbidden },
      })
    const isFresh = token !== undefined && clock.now() < token.until
    const bearer = isFresh && token !== undefined ? token.text : await renew(signal)
    return await ask(bearer).catch(async (error: unknown) => {
      // A token may die before its time, when its session is ended or a key is rotated.
      if (!isRefusal(error) || !isFresh) throw error
      return await ask(await renew(signal))
    })
  }
}
