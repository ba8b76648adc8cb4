import type { ListedSession } from '../contract/evidence.ts'
import { userAgentLengthMax } from '../contract/session-event-v1.ts'

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
    applicationIds: given.applicationIds ?? [],
  }
}

/** Milliseconds of an ISO 8601 time, null where there is none that can be read. */
export function timeOrNull(text: string | null | undefined): number | null {
  const at = Date.parse(text ?? '')
  return Number.isNaN(at) ? null : at
}

const cut = (text: string | undefined, lengthMax: number): string =>
  (text ?? '').slice(0, lengthMax).toWellFormed()
