import type { SendAnswer, SendRequest } from '../../src/contract/ports.ts'
import type { Target } from '../../src/enforce/provider-kit/provider.ts'

/** What a provider was asked, in the words all of them share. */
export type Part = 'token' | 'list' | 'read' | 'revoke'

/** How one provider phrases the answers that every provider can give. */
export interface Play {
  /** Of its connector. */
  readonly id: string
  readonly settings: object
  /** What must never be repeated: secrets in the settings, and tokens the provider itself gives. */
  readonly secrets: readonly string[]
  readonly target: Target
  readonly partOf: (method: SendRequest['method'], url: URL) => Part
  readonly acknowledged: SendAnswer
  readonly gone: SendAnswer
  readonly token?: SendAnswer
  /** How often a call that is answered 401 is made. */
  readonly triesOn401: number
}

/** The same of a provider that lists. */
export interface ListingPlay extends Play {
  /** A page of the subject's sessions, two at a time where the provider has pages. */
  readonly list: (url: URL, sessionIds: readonly string[], subjectId: string) => SendAnswer
  /** As `list`, of a list that shifts while it is read. */
  readonly shifting: (url: URL, sessionIds: readonly string[], subjectId: string) => SendAnswer
  /** A subject it has never heard of. */
  readonly unknownSubject: SendAnswer
}

/** Whether what it plays lists the sessions of a subject. */
export const isListing = (play: Play): play is ListingPlay => 'list' in play

export const json = (
  status: number,
  body: unknown,
  headers: SendAnswer['headers'] = {},
): SendAnswer => ({ status, headers, text: JSON.stringify(body) })

export const subjectId = 'b7a0c0de-0000-4000-8000-00000000ada0'
export const sessionId = '5e551000-0000-4000-8000-000000000001'
export const createdAt = '2026-11-03T08:00:00.000Z'
export const expiresAt = '2026-11-30T00:00:00.000Z'

/** Two ids from the place that the cursor names, and the cursor of the next two. */
export const pageOf = (ids: readonly string[], cursor: string | null) => {
  const from = Number(cursor ?? 0)
  return { ids: ids.slice(from, from + 2), next: from + 2 < ids.length ? String(from + 2) : null }
}
