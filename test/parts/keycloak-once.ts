import { createServer } from 'node:http'
import type { TestProject } from 'vitest/node'
import type { TestKeycloak } from './keycloak-server.ts'
import { openKeycloak } from './keycloak-server.ts'
import type { KeycloakVersion } from './keycloak-versions.ts'
import { KEYCLOAK_VERSIONS } from './keycloak-versions.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where a test file asks for the one Keycloak of a version in this run: `/{version}`. */
    readonly keycloakDoor: string
  }
}

let closeDoor = async (): Promise<void> => undefined

/**
 * One Keycloak of each version for a whole run of the integration project (`globalSetup`), started
 * when the first test file asks for it and never when none does. Test files run in processes of
 * their own, so they ask over HTTP on 127.0.0.1: 202 while it starts, then 200 with its address, 500
 * with the reason why it did not start, or 404 for a version that the tests do not know.
 */
export const setup = async (project: TestProject): Promise<void> => {
  const servers = new Map<KeycloakVersion, Starting>()
  const door = createServer(({ url }, response) => {
    const version = KEYCLOAK_VERSIONS.find((known) => url === `/${known}`)
    const { status, body } = version === undefined ? unknownVersion : answerOf(servers, version)
    response.writeHead(status, { 'content-type': 'application/json' }).end(body)
  })
  const { promise: listening, resolve } = Promise.withResolvers<void>()
  door.listen(0, '127.0.0.1', resolve)
  await listening
  const address = door.address()
  if (address === null || typeof address === 'string') throw new TypeError('Not a TCP port')
  project.provide('keycloakDoor', `http://127.0.0.1:${address.port}`)
  closeDoor = async () => {
    door.close()
    door.closeAllConnections()
    // A run that is ended early may catch it still starting; a failed start has nothing to stop.
    await Promise.allSettled(
      [...servers.values()].map(async ({ keycloak }) => (await keycloak).stop()),
    )
  }
}

interface Answer {
  readonly status: number
  readonly body: string
}

interface Starting {
  readonly keycloak: Promise<TestKeycloak>
  answer: Answer
}

const unknownVersion: Answer = { status: 404, body: JSON.stringify({ reason: 'unknown version' }) }

const answerOf = (servers: Map<KeycloakVersion, Starting>, version: KeycloakVersion): Answer => {
  const known = servers.get(version)
  if (known !== undefined) return known.answer
  const starting: Starting = {
    keycloak: openKeycloak(version),
    answer: { status: 202, body: '{}' },
  }
  servers.set(version, starting)
  starting.keycloak.then(
    ({ baseUrl, admin }) => {
      starting.answer = { status: 200, body: JSON.stringify({ baseUrl, admin }) }
    },
    (error: unknown) => {
      starting.answer = { status: 500, body: JSON.stringify({ reason: String(error) }) }
    },
  )
  return starting.answer
}

export const teardown = async (): Promise<void> => closeDoor()
