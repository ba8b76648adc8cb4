import { createServer } from 'node:http'
import type { TestProject } from 'vitest/node'
import type { TestKeycloak } from './keycloak-server.ts'
import { openKeycloak } from './keycloak-server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Where a test file asks for the one Keycloak of this run. */
    readonly keycloakDoor: string
  }
}

let closeDoor = async (): Promise<void> => undefined

/**
 * One Keycloak for a whole run of the integration project (`globalSetup`), started when the first
 * test file asks for it and never when none does. Test files run in processes of their own, so
 * they ask over HTTP on 127.0.0.1: 202 while it starts, then 200 with its address, or 500 with the
 * reason why it did not start.
 */
export const setup = async (project: TestProject): Promise<void> => {
  let starting: Promise<TestKeycloak> | undefined
  let answer: { readonly status: number; readonly body: string } = { status: 202, body: '{}' }
  const door = createServer((_request, response) => {
    starting ??= openKeycloak()
    starting.then(
      ({ baseUrl, admin }) => {
        answer = { status: 200, body: JSON.stringify({ baseUrl, admin }) }
      },
      (error: unknown) => {
        answer = { status: 500, body: JSON.stringify({ reason: String(error) }) }
      },
    )
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body)
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
    await starting?.then(
      (keycloak) => keycloak.stop(),
      () => undefined,
    )
  }
}

export const teardown = async (): Promise<void> => closeDoor()
