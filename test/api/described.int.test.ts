import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Role } from '../../src/show/api/principal.ts'
import type { Server } from '../../src/show/api/server.ts'
import { openChild } from '../parts/child.ts'
import { partsDirectory } from '../parts/maven.ts'
import { lacks } from '../parts/needs.ts'
import { schemathesis } from '../parts/schemathesis.ts'
import { aServer, roles, tokenOf } from '../show/server.ts'

const config = join(import.meta.dirname, 'schemathesis.toml')
const anyNumber = 1e9
const installMs = 900_000
/** For two thousand requests on a machine that does other work, ms. */
const roleMs = 600_000

/**
 * What each role is tried with. Every right is held by one of the first two, but that of intake; so the
 * others are refused or answered as one of these, and are tried with all of it at length only.
 */
const all = 'coverage,fuzzing'
const phases: { readonly [R in Role]: string } = {
  ...{ responder: all, admin: all, viewer: 'fuzzing', analyst: 'fuzzing' },
  ...{ auditor: 'fuzzing', intake: 'fuzzing' },
}
const soak = process.env.CURFEW_SOAK !== undefined

describe.skipIf(lacks('schemathesis', import.meta.filename))('a server of the API', () => {
  let server: Server
  let url: string
  let command: Awaited<ReturnType<typeof schemathesis>>

  beforeAll(async () => {
    command = await schemathesis()
    // The store is empty: statements have tests of their own.
    const limits = { perAddressMax: anyNumber, perPrincipalMax: anyNumber, intakeMax: anyNumber }
    server = await aServer({ limits })
    url = await server.listen({ host: '127.0.0.1', port: 0 })
  }, installMs)
  afterAll(() => server?.close())

  it.concurrent.each(roles)(
    'answers whatever its description allows or forbids as described, as %s',
    async (role) => {
      const [program, ...first] = command
      const chosen = ['--phases', soak ? all : phases[role]]
      const asked = ['run', `${url}/openapi.json`, '--no-color', ...chosen]
      const header = ['-H', `Authorization: Bearer ${tokenOf(role)}`]
      const child = await openChild({
        command: program,
        args: [...first, '--config-file', config, ...asked, ...header],
        // It leaves a folder of its own where it runs.
        workingDirectory: partsDirectory(),
      })
      await child.end
      const report = child.lastLines(400)
      expect(child.ended() === 'ended with code 0' ? '' : report).toBe('')
      expect(report).toMatch(/[1-9]\d* passed/)
    },
    roleMs,
  )
})
