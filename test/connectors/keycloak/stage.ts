import { afterAll, beforeAll, describe } from 'vitest'
import type { Stage } from '../../enforce/stage.ts'
import { openStage } from '../../enforce/stage.ts'
import { keycloakVersions, startKeycloak } from '../../parts/keycloak.ts'
import type { TestRealm } from '../../parts/keycloak-realm.ts'
import { makeRealm } from '../../parts/keycloak-realm.ts'
import type { TestKeycloak } from '../../parts/keycloak-server.ts'
import { lacks } from '../../parts/needs.ts'

/** The first start builds the server, ms. */
const startMs = 900_000

/** What a suite at a real Keycloak has, from its first test on. */
export interface KeycloakStage {
  readonly version: string
  readonly realm: TestRealm
  readonly stage: Stage
}

/**
 * A suite at each Keycloak version, with a realm and a store of its own; skipped where there is no Java.
 * `%s` in the title is the version. The tests call `at` for what is there.
 */
export function describeAtKeycloak(
  filename: string,
  title: string,
  tests: (at: () => KeycloakStage) => void,
): void {
  describe.skipIf(lacks('keycloak', filename)).each(keycloakVersions())(title, (version) => {
    let keycloak: TestKeycloak
    let realm: TestRealm
    let stage: Stage
    beforeAll(async () => {
      keycloak = await startKeycloak(version)
      realm = await makeRealm(keycloak)
      stage = await openStage()
    }, startMs)
    afterAll(async () => {
      await stage?.close()
      await realm?.remove()
      await keycloak?.stop()
    })
    tests(() => ({ version, realm, stage }))
  })
}
