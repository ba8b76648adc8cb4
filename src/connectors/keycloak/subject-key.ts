import { at, textAt } from '../../decode/subject-key.ts'

const keyPaths = [
  ['event', 'userId'],
  ['event', 'details', 'refresh_token_sub'],
  ['userId'],
  ['details', 'refresh_token_sub'],
  ['event', 'sessionId'],
  ['sessionId'],
] as const

/** Whom a message is about, else which session. */
export function subjectKey(message: unknown): string | undefined {
  const key = textAt(message, keyPaths)
  if (key !== undefined) return key
  const event = at(message, ['event']) ?? at(message, ['adminEvent']) ?? message
  const path = at(event, ['resourcePath'])
  return path === undefined ? callerIn(event) : ownerIn(String(path))
}

/** Keycloak names whom an administrator's act was about by its path: `users/ID/…`, `sessions/ID`. */
function ownerIn(path: string): string | undefined {
  const found = /^(?:users|sessions)\/([^/]+)|^organizations\/.+\/members\/([^/]+)/.exec(path)
  return found?.[1] ?? found?.[2]
}

/** Of a user event in a class that admin events have too: there the caller would be the admin. */
function callerIn(event: unknown): string | undefined {
  const caller = at(event, ['authDetails', 'userId']) ?? at(event, ['authDetails', 'sessionId'])
  return typeof caller === 'string' ? caller : undefined
}
