import { inspect } from 'node:util'
import { expect } from 'vitest'
import { CurfewError } from '../../src/contract/errors.ts'
import type { Send, SendAnswer, SendRequest } from '../../src/contract/ports.ts'
import type { ListAnswer, OpenProvider, Provider } from '../../src/enforce/provider-kit/provider.ts'
import { makeClock } from '../given.ts'
import type { Part, Play } from './provider-play.ts'
import { json } from './provider-play.ts'

const { clock } = makeClock()

/** The instant at which everything on the stage happens. */
export const now = clock.now()

/** What the scripted provider says to one call; an error is what `fetch` rejects with. */
export type Answers = (url: URL, request: SendRequest) => SendAnswer | Error

export interface Stage {
  readonly open: OpenProvider
  readonly requests: readonly (SendRequest & { readonly url: URL })[]
  /** How often a part was asked. */
  readonly times: (part: Part) => number
}

/** Opens a provider against scripted answers. */
export function openStage(
  provider: Provider,
  play: Play,
  answers: { readonly [P in Part]?: Answers },
): Stage {
  const asked: Part[] = []
  const requests: (SendRequest & { readonly url: URL })[] = []
  const scripts = { token: () => play.token ?? json(500, {}), ...answers }
  const send: Send = async (text, request) => {
    const url = new URL(text)
    const part = play.partOf(request.method, url)
    // As `fetch` does: what is given up before it begins is never sent.
    if (request.signal?.aborted) throw new DOMException('aborted', 'AbortError')
    asked.push(part)
    requests.push({ ...request, url })
    const answer = scripts[part]?.(url, request) ?? json(500, {})
    if (answer instanceof Error) throw answer
    return answer
  }
  return {
    open: provider.open(play.settings, { send, clock }),
    requests,
    times: (part) => asked.filter((each) => each === part).length,
  }
}

/** A list of a provider that lists. */
export function listOf({ list }: OpenProvider, subjectId: string): Promise<ListAnswer> {
  if (list === undefined) throw new TypeError('it lists none; ask `play` first')
  return list(subjectId)
}

/** The failure of a call, after looking through all of it for secrets. */
export async function failureOf(
  call: Promise<unknown>,
  secrets: readonly string[],
): Promise<CurfewError> {
  const error: unknown = await call.then(
    (value) => new Error(`expected a failure, found ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  )
  const told = inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true })
  for (const secret of secrets) expect(told).not.toContain(secret)
  if (!(error instanceof CurfewError)) throw error
  return error
}

/** A server that repeats in its answer what it was asked, credentials included. */
export function echoing(
  secrets: readonly string[],
  status: number,
  headers: SendAnswer['headers'] = {},
): Answers {
  return (url, request) =>
    json(status, { error: `${secrets} ${url}`, message: JSON.stringify(request) }, headers)
}
