import { askForToken, textAt } from './keycloak-http.ts'
import type { TestLogin, TestUser } from './keycloak-realm.ts'

const redirect = 'http://127.0.0.1/cb'

/**
 * Signs in by a browser, first without and then with offline access: an online and an offline
 * session of one id, as one browser leaves them that is used by two applications.
 */
export const loginTwice = async (
  user: TestUser,
): Promise<{ readonly online: TestLogin; readonly offline: TestLogin }> => {
  const cookies = new Map<string, string>()
  const online = await signIn(user, 'openid', cookies)
  return { online, offline: await signIn(user, 'openid offline_access', cookies) }
}

const signIn = async (
  { realm, username, password }: TestUser,
  scope: string,
  cookies: Map<string, string>,
): Promise<TestLogin> => {
  const ask = async (url: string, body?: URLSearchParams): Promise<Response> => {
    const answer = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(body && { method: 'POST', body }),
    })
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      cookies.set(name, value)
    }
    return answer
  }
  const { clientId } = realm.app
  const asked = { client_id: clientId, redirect_uri: redirect, response_type: 'code', scope }
  const page = await ask(
    `${realm.baseUrl}/realms/${realm.name}/protocol/openid-connect/auth?${new URLSearchParams(asked)}`,
  )
  // With the cookie of the first sign-in there is no page to fill in.
  const action = /action="([^"]+)"/.exec(await page.text())?.[1]?.replaceAll('&amp;', '&')
  const back = action ? await ask(action, new URLSearchParams({ username, password })) : page
  const code = new URL(back.headers.get('location') ?? redirect).searchParams.get('code') ?? ''
  const { body } = await askForToken(realm.baseUrl, realm.name, {
    ...{ grant_type: 'authorization_code', client_id: clientId, redirect_uri: redirect, code },
  })
  return {
    realm,
    sessionId: textAt(body, 'session_state'),
    accessToken: textAt(body, 'access_token'),
    refreshToken: textAt(body, 'refresh_token'),
  }
}
