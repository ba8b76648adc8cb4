const ANSWER_TIMEOUT_MS = 30_000

export interface Answer {
  readonly status: number
  /** The parsed JSON, or the text where it is none. */
  readonly body: unknown
  readonly location: string | undefined
}

/** Calls `/admin/realms/{realm}{path}` with the rights of whoever made the function. */
export type AdminCall = (method: string, path: string, body?: unknown) => Promise<Answer>

/** Calls with a token of its own, asked for when first needed and again when it has expired. */
export const makeAdminCall = ({
  baseUrl,
  prefix,
  askToken,
}: {
  readonly baseUrl: string
  readonly prefix: string
  readonly askToken: () => Promise<string>
}): AdminCall => {
  let token: string | undefined
  const call = async (method: string, path: string, body: unknown): Promise<Answer> => {
    token ??= await askToken()
    return send(`${baseUrl}/admin/realms${prefix}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
  }
  return async (method, path, body) => {
    const answer = await call(method, path, body)
    if (answer.status !== 401) return answer
    // The administrator's token lives one minute, less than some tests.
    token = undefined
    return call(method, path, body)
  }
}

/** Asks the token endpoint of a realm; a refusal is an answer, not a failure. */
export const askForToken = (
  baseUrl: string,
  realm: string,
  form: Readonly<Record<string, string>>,
): Promise<Answer> => askAt(`${baseUrl}/realms/${realm}/protocol/openid-connect/token`, form)

/** Posts a form; a refusal is an answer, not a failure. */
export const askAt = (url: string, form: Readonly<Record<string, string>>): Promise<Answer> =>
  send(url, { method: 'POST', body: new URLSearchParams(form) })

const send = async (url: string, init: RequestInit): Promise<Answer> => {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false
  return {
    status: response.status,
    body: isJson && text !== '' ? JSON.parse(text) : text,
    location: response.headers.get('location') ?? undefined,
  }
}

/** The id at the end of the `Location` of what was made; fails when nothing was. */
export const madeId = ({ status, body, location }: Answer): string => {
  const id = location?.split('/').at(-1)
  if (status === 201 && id !== undefined) return id
  throw new Error(
    `Keycloak answered ${status} instead of making something: ${JSON.stringify(body)}`,
  )
}

/** The text at `key` of an answer's body; fails when it is something else. */
export const textAt = (body: unknown, key: string): string => {
  const value = fieldAt(body, key)
  if (typeof value === 'string') return value
  // Tells the error and nothing else of the answer, which may hold a token.
  const told = fieldAt(body, 'error_description') ?? fieldAt(body, 'error') ?? 'no error'
  throw new Error(`Keycloak answered without a text at "${key}": ${told}`)
}

/** The list that a body is, or holds at `key`; fails when it is something else. */
export const listAt = (body: unknown, key?: string): readonly unknown[] => {
  const value = key === undefined ? body : fieldAt(body, key)
  if (Array.isArray(value)) return value
  const told = fieldAt(body, 'error') ?? 'no error'
  throw new Error(
    `Keycloak answered without a list${key === undefined ? '' : ` at "${key}"`}: ${told}`,
  )
}

const fieldAt = (body: unknown, key: string): unknown =>
  typeof body === 'object' && body !== null
    ? Object.getOwnPropertyDescriptor(body, key)?.value
    : undefined
