import { describe, expect, it } from 'vitest'
import { format as keycloak } from '../../src/connectors/keycloak/format.ts'
import { format as workos } from '../../src/connectors/workos/format.ts'
import { binding, decodeOne } from './given.ts'

/** What decides which event it is, whose, and of which session; by the last part of the path. */
const names: { readonly [format: string]: RegExp } = {
  keycloak:
    /(?:^|\.)(?:kind|event|adminEvent|realm|realmName|id|uid|time|type|eventType|error|details|userId|sessionId|operationType|resourceType|resourceTypeAsString|resourcePath|representation|enabled|offline|requiredActions|code_id|credential_type|custom_required_action|logout_triggered_by_required_action|revoked_client|refresh_token_type|refresh_token_sub|token_id|reason)$/,
  workos:
    /(?:^|\.)(?:event|id|created_at|createdAt|data|user_id|userId|agent_instance_id|agent_registration_id|agentInstanceId|organization_id|organizationId|directory_id|directoryId|user|state|status|role|roles|slug|previous_attributes|previousAttributes|context|email|email_verified|emailVerified|emails|primary|value|username)$/,
}

const odd: readonly unknown[] = [
  ...[null, '', ' ', true, 0, -1, 1.5, [], ['x'], {}, { a: { b: 1 } }],
  ...['x'.repeat(5_000), '\ud800', 'undefined', '2026-02-30T00:00:00Z', '::1%x', 'unknown'],
]

const isJson = (value: unknown): value is { readonly [name: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function pathsIn(json: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (!isJson(json)) return []
  return Object.entries(json).flatMap(([name, value]) => [
    [...path, name],
    ...pathsIn(value, [...path, name]),
  ])
}

function put(json: unknown, [name, ...rest]: readonly string[], value: unknown): unknown {
  return name === undefined
    ? value
    : { ...Object(json), [name]: put(Object(json)[name], rest, value) }
}

describe.each([keycloak, workos])(
  "whatever stands in a field of a provider's event that only describes",
  (format) => {
    const more = { format: format.id, binding: { ...binding, lane: 'historical' } } as const
    const told = (message: object) => {
      const { event, rejected, unread } = decodeOne(message, more)
      return event === undefined
        ? [rejected?.detail, unread]
        : [event.type, event.sessionId, event.sessionKind, event.subjectId, event.scopeKind]
    }
    // The one class of Phase Two for both kinds of events keeps the names of a user event there.
    const isName = (path: readonly string[], message: object) =>
      names[format.id]?.test(path.join('.')) || ('uid' in message && path.at(-1) === 'authDetails')
    const events = format.examples.filter(({ message }) => decodeOne(message, more).event)

    it.each(events.map(({ name, message }) => [name, message] as const))(
      `${format.id}, %s: it is the same event`,
      (_, message) => {
        const describing = pathsIn(message).filter((path) => !isName(path, message))
        for (const path of describing) {
          for (const value of odd) {
            expect([path, value, told(Object(put(message, path, value)))]).toEqual([
              path,
              value,
              told(message),
            ])
          }
        }
      },
    )
  },
)
