import { inject } from 'vitest'
import { eventually } from './eventually.ts'
import type {} from './keycloak-once.ts'
import type { TestKeycloak } from './keycloak-server.ts'
import { openKeycloak } from './keycloak-server.ts'
import type { KeycloakVersion } from './keycloak-versions.ts'
import { KEYCLOAK_VERSIONS } from './keycloak-versions.ts'
import { givenFor, PARTS } from './needs.ts'

const START_TIMEOUT_MS = 900_000

/**
 * A real Keycloak of that version: the one that CURFEW_TEST_KEYCLOAK names (with CURFEW_TEST_KEYCLOAK_ADMIN
 * and CURFEW_TEST_KEYCLOAK_PASSWORD of its realm `master`), else the one of this test run, else
 * one of its own. Only the last ends with `stop`; so make a realm of your own in it
 * (`makeRealm` in keycloak-realm.ts) and leave everything else alone.
 */
export const startKeycloak = async (
  version: KeycloakVersion = KEYCLOAK_VERSIONS[0],
): Promise<TestKeycloak> =>
  givenKeycloak() ?? (await keycloakOfThisRun(version)) ?? (await openKeycloak(version))

/**
 * For `describe.each`: every version, or one where CURFEW_TEST_KEYCLOAK names a server, which is
 * whatever it is and would else be tested twice.
 */
export const keycloakVersions = (): readonly KeycloakVersion[] =>
  givenFor('keycloak') === undefined ? KEYCLOAK_VERSIONS : KEYCLOAK_VERSIONS.slice(0, 1)

const givenKeycloak = (): TestKeycloak | undefined => {
  const given = givenFor('keycloak')
  if (given === undefined) return undefined
  const username = process.env.CURFEW_TEST_KEYCLOAK_ADMIN
  const password = process.env.CURFEW_TEST_KEYCLOAK_PASSWORD
  if (username === undefined || password === undefined)
    throw new Error(
      `${PARTS.keycloak.override} is set, so CURFEW_TEST_KEYCLOAK_ADMIN and CURFEW_TEST_KEYCLOAK_PASSWORD must be set too`,
    )
  return notOurs({ baseUrl: given.replace(/\/+$/, ''), admin: { username, password } })
}

const keycloakOfThisRun = async (version: KeycloakVersion): Promise<TestKeycloak | undefined> => {
  // Absent when the run's configuration has no such globalSetup, whatever the type says.
  const door: string | undefined = inject('keycloakDoor')
  if (door === undefined) return undefined
  const { status, body } = await eventually({
    what: 'The Keycloak of this test run',
    timeoutMs: START_TIMEOUT_MS,
    everyMs: 200,
    probe: async () => {
      const answer = await fetch(`${door}/${version}`)
      const body = await answer.text()
      return answer.status === 202 ? undefined : { status: answer.status, body }
    },
  })
  if (status !== 200) throw new Error(`The Keycloak of this test run did not start: ${body}`)
  // The door is our own code in keycloak-once.ts, which writes exactly these two.
  return notOurs(JSON.parse(body) as Pick<TestKeycloak, 'baseUrl' | 'admin'>)
}

const notOurs = ({ baseUrl, admin }: Pick<TestKeycloak, 'baseUrl' | 'admin'>): TestKeycloak => {
  const stop = async (): Promise<void> => undefined
  return { baseUrl, admin, stop, [Symbol.asyncDispose]: stop }
}
