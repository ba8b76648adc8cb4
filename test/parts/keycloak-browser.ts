import { randomUUID } from 'node:crypto'
import type { Answer } from './keycloak-http.ts'
import { askForToken, textAt } from './keycloak-http.ts'
import type { TestLogin, TestRealm } from './keycloak-realm.ts'

/** One page as the browser shows it; `form` is its first form. */
export interface Page {
  readonly status: number
  readonly url: string
  readonly text: string
  /** The code, when Keycloak sent the browser back to the application. */
  readonly code: string | undefined
}

/** A browser with cookies of its own: as much of one as Keycloak's pages need without scripts. */
export interface Browser {
  readonly open: (url: string) => Promise<Page>
  /** Sends the first form of a page with its hidden fields and these. */
  readonly send: (page: Page, fields: Readonly<Record<string, string>>) => Promise<Page>
  /** Follows the first link whose address holds `part`. */
  readonly follow: (page: Page, part: string) => Promise<Page>
}

const redirect = 'http://127.0.0.1/cb'

export const openBrowser = (): Browser => {
  const cookies = new Map<string, string>()
  const ask = async (url: string, form?: URLSearchParams): Promise<Page> => {
    const answer = await fetch(url, {
      redirect: 'manual',
      signal: AbortSignal.timeout(30_000),
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form === undefined ? {} : { method: 'POST', body: form }),
    })
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      if (value === '') cookies.delete(name)
      else cookies.set(name, value)
    }
    const text = await answer.text()
    const location = answer.headers.get('location')
    if (location === null) return { status: answer.status, url, text, code: undefined }
    const next = new URL(location, url)
    if (!next.href.startsWith(redirect)) return ask(next.href)
    const code = next.searchParams.get('code') ?? undefined
    return { status: answer.status, url: next.href, text, code }
  }
  return {
    open: (url) => ask(url),
    send: (page, fields) => {
      const form = /<form[^>]*action="([^"]+)"[\s\S]*?<\/form>/.exec(page.text)
      if (form === null) throw new Error(`No form on ${page.url}: ${wordsOf(page.text)}`)
      const body = new URLSearchParams(hiddenIn(form[0]))
      for (const [name, value] of Object.entries(fields)) body.set(name, value)
      return ask(new URL(plain(form[1] ?? ''), page.url).href, body)
    },
    follow: (page, part) => {
      const links = [...page.text.matchAll(/href="([^"]+)"/g)].map(([, link = '']) => plain(link))
      const link = links.find((each) => each.includes(part))
      if (link === undefined) throw new Error(`No link to ${part} on ${page.url}`)
      return ask(new URL(link, page.url).href)
    },
  }
}

/** The page to sign in at the client `app`; `more` are further parameters, such as `kc_action`. */
export const openSignIn = (
  browser: Browser,
  { baseUrl, name, app }: TestRealm,
  more: Readonly<Record<string, string>> = {},
): Promise<Page> =>
  browser.open(
    `${baseUrl}/realms/${name}/protocol/openid-connect/auth?${new URLSearchParams({
      client_id: app.clientId,
      redirect_uri: redirect,
      response_type: 'code',
      scope: 'openid',
      state: randomUUID(),
      ...more,
    })}`,
  )

/** The tokens for the code that the page brought to the application. */
export const takeTokens = async (realm: TestRealm, page: Page): Promise<TestLogin> => {
  if (page.code === undefined) throw new Error(`No code on ${page.url}: ${wordsOf(page.text)}`)
  const { body }: Answer = await askForToken(realm.baseUrl, realm.name, {
    grant_type: 'authorization_code',
    client_id: realm.app.clientId,
    redirect_uri: redirect,
    code: page.code,
  })
  return {
    realm,
    sessionId: textAt(body, 'session_state'),
    accessToken: textAt(body, 'access_token'),
    refreshToken: textAt(body, 'refresh_token'),
  }
}

const hiddenIn = (form: string): Record<string, string> =>
  Object.fromEntries(
    [...form.matchAll(/<input[^>]*type="hidden"[^>]*>/g)].flatMap(([input]) => {
      const name = /name="([^"]*)"/.exec(input)?.[1]
      return name === undefined ? [] : [[name, plain(/value="([^"]*)"/.exec(input)?.[1] ?? '')]]
    }),
  )

const plain = (html: string): string => html.replaceAll('&amp;', '&')

const wordsOf = (html: string): string =>
  html
    .replaceAll(/<script[\s\S]*?<\/script>|<[^>]+>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .slice(0, 400)
