import type { ListedSession } from '../../contract/evidence.ts'
import { userAgentLengthMax } from '../../contract/session-event-v1.ts'

const ipLengthMax = 45

/**
 * A session as a provider lists it, with everything unsaid left blank. Address and user agent are
 * whatever the client sent: they are cut, not refused, or one session with an endless user agent
 * would make the whole list unreadable and hide the others.
 */
export function listedSession(
  given: Pick<ListedSession, 'kind' | 'id' | 'subjectId'> & {
    readonly [Field in keyof ListedSession]?: ListedSession[Field] | undefined
  },
): ListedSession {
  return {
    kind: given.kind,
    id: given.id,
    subjectId: given.subjectId,
    createdAt: given.createdAt ?? null,
    lastUsedAt: given.lastUsedAt ?? null,
    expiresAt: given.expiresAt ?? null,
    ip: cut(given.ip, ipLengthMax),
    userAgent: cut(given.userAgent, userAgentLengthMax),
    organizationId: given.organizationId ?? '',
    connectionId: given.connectionId ?? '',
    deviceId: given.deviceId ?? '',
    grantId: given.grantId ?? '',
    onBehalfOfId: given.onBehalfOfId ?? '',
  }
}

/** No provider had sessions before this, and the store's calendar ends here. */
const earliest = Date.UTC(2000, 0, 1)
const never = Date.UTC(2299, 11, 31)

/**
 * An instant of a provider's list, ms since the epoch: an ISO 8601 text or milliseconds. Null where
 * it cannot be read or lies outside the calendar; what a list says of times only describes.
 */
export function timeOrNull(value: unknown): number | null {
  const at = typeof value === 'string' ? Date.parse(value) : value
  if (typeof at !== 'number' || !(at >= earliest && at <= never)) return null
  return Math.trunc(at)
}

/** As `timeOrNull`; what expires after the end of the calendar never does. */
export function expiryOrNull(value: unknown): number | null {
  const at = typeof value === 'string' ? Date.parse(value) : value
  return typeof at === 'number' && at > never && at !== Number.POSITIVE_INFINITY
    ? never
    : timeOrNull(value)
}

const cut = (text: string | undefined, lengthMax: number): string =>
  (text ?? '').slice(0, lengthMax).toWellFormed()
