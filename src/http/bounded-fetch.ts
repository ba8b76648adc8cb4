import { CurfewError } from '../contract/errors.ts'
import type { Send, SendAnswer, SendRequest } from '../contract/ports.ts'

/**
 * The `Send` port over Node's own `fetch`. The time-out bounds the whole call: name look-up,
 * connecting, sending, waiting and reading the body. Redirects are not followed, because the
 * credential would travel to wherever they point; the 3xx is the answer. The body bound counts
 * decoded bytes, so a small compressed answer cannot become a large one.
 *
 * @throws CurfewError ENFORCE_UNREACHABLE (retry) when there was no answer: whether the call was
 *   carried out is unknown. ENFORCE_MALFORMED when the body is larger than `bodyBytesMax`.
 */
export function makeSend({
  timeoutMs,
  bodyBytesMax,
}: {
  readonly timeoutMs: number
  readonly bodyBytesMax: number
}): Send {
  return async (url, request) => {
    const boundMs = request.timeoutMs ?? timeoutMs
    const timeout = AbortSignal.timeout(boundMs)
    const signal = request.signal ? AbortSignal.any([timeout, request.signal]) : timeout
    try {
      return await exchange(url, request, signal, bodyBytesMax)
    } catch (error) {
      if (error instanceof CurfewError) throw error
      throw unreachable(url, request, timeout.aborted ? `no answer within ${boundMs} ms` : error)
    }
  }
}

async function exchange(
  url: string,
  { method, headers = {}, body }: SendRequest,
  signal: AbortSignal,
  bodyBytesMax: number,
): Promise<SendAnswer> {
  const response = await fetch(url, {
    method,
    headers,
    redirect: 'manual',
    signal,
    ...(body === undefined ? {} : { body }),
  })
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    text: await bounded(response, url, bodyBytesMax),
  }
}

async function bounded(response: Response, url: string, bytesMax: number): Promise<string> {
  if (response.body === null) return ''
  const chunks: Uint8Array[] = []
  let bytes = 0
  // Leaving the loop cancels the body, which closes the connection.
  for await (const chunk of response.body) {
    bytes += chunk.byteLength
    if (bytes > bytesMax) {
      throw new CurfewError(
        'ENFORCE_MALFORMED',
        `${hostOf(url)} answered ${response.status} with more than ${bytesMax} bytes, which no answer of an identity provider needs. Check that the address is the provider's API.`,
      )
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Names the host only: paths hold ids of people, and what `fetch` says may hold a header. */
function unreachable(url: string, { method }: SendRequest, error: unknown): CurfewError {
  const code = typeof error === 'string' ? error : codeOf(error)
  const unsent = unsentWords[code]
  const words =
    unsent === undefined
      ? `${method} to ${hostOf(url)} got no answer (${code}), so whether it was carried out is unknown. Check the address, the network and the provider.`
      : `${method} to ${hostOf(url)} was not sent: ${unsent} (${code}).`
  return new CurfewError('ENFORCE_UNREACHABLE', words, { retry: true })
}

/** What is certain before anything was sent, and what to look at. */
const unsentWords: { readonly [code: string]: string } = {
  ENOTFOUND: 'no such host name; check the address',
  EAI_AGAIN: 'the host name cannot be resolved now; check the name server',
  ECONNREFUSED: 'nothing listens there; check the address and that the provider runs',
}

/** The code of what `fetch` wraps, such as ECONNREFUSED or UND_ERR_SOCKET. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown failure'
  const { cause } = error
  // The Fetch standard's list of ports that no HTTP server should be on.
  if (cause instanceof Error && cause.message === 'bad port') return 'fetch refuses that port'
  return cause instanceof Error && 'code' in cause ? String(cause.code) : error.name
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'an address that is none'
}
