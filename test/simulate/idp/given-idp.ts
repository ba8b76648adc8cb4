import type { SessionEventV1 } from '../../../src/contract/session-event-v1.ts'
import type { LoopbackIdp, LoopbackIdpOptions } from '../../../src/simulate/loopback-idp.ts'
import { openLoopbackIdp } from '../../../src/simulate/loopback-idp.ts'
import { hourMs } from '../../../src/simulate/pace.ts'
import { aClock } from '../given.ts'

export const clock = aClock()
const open: LoopbackIdp[] = []

/** Every test file that opens providers closes them after each test. */
export async function closeIdps(): Promise<void> {
  await Promise.all(open.splice(0).map((idp) => idp.close()))
}

export async function anIdp(options: Partial<LoopbackIdpOptions> = {}) {
  const idp = await openLoopbackIdp({ now: clock.now, token: 'admin', ...options })
  open.push(idp)
  return { idp, ...callsOf(idp.url) }
}

/** Every field that any answer of the provider may have. */
interface IdpJson {
  readonly session: { readonly id: string; readonly status: string }
  readonly sessions: readonly { readonly id: string }[]
  readonly events: SessionEventV1[]
  readonly next: string | null
  readonly ended: readonly string[]
  readonly refresh_token: string
  readonly event_id: string
  readonly error?: string
}

interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly json: IdpJson
}

function callsOf(url: string) {
  const call = async (
    method: string,
    path: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<Answered> => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { authorization: 'Bearer admin', ...headers },
      signal: AbortSignal.timeout(5_000),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    // The provider is ours, and each test looks only at what its call answers.
    const json = (await answer.json()) as IdpJson
    return { status: answer.status, headers: answer.headers, json }
  }
  return {
    get: (path: string, headers?: Record<string, string>) => call('GET', path, undefined, headers),
    post: (path: string, body: object = {}, headers?: Record<string, string>) =>
      call('POST', path, body, headers),
  }
}

export const aSession = (more: object = {}) => ({
  subject: { id: 'user_1', email: 'ada@example.com' },
  kind: 'online',
  expires_at: new Date(clock.now() + 8 * hourMs).toISOString(),
  ip: '203.0.113.9',
  user_agent: 'Mozilla/5.0',
  device_id: 'dev_1',
  organization_id: 'org_1',
  ...more,
})

export type Calls = Awaited<ReturnType<typeof anIdp>>

export async function aLogin({ post }: Calls, more: object = {}) {
  const { json } = await post('/sessions', aSession(more))
  return { id: json.session.id, refresh_token: json.refresh_token }
}

export async function eventsOf({ get }: Calls): Promise<SessionEventV1[]> {
  return (await get('/events?limit=500')).json.events
}
