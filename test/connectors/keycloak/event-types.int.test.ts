import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { enumConstantsOf, readFromJar } from '../../parts/jar.ts'
import { keycloakFiles } from '../../parts/keycloak-server.ts'
import { KEYCLOAK_VERSIONS } from '../../parts/keycloak-versions.ts'
import { lacks } from '../../parts/needs.ts'

const describeHere = describe.skipIf(lacks('keycloak', import.meta.filename))

describeHere.each(KEYCLOAK_VERSIONS)('the program of Keycloak %s', (version) => {
  it('has the types of events that its list here says, and no others', async () => {
    const folder = await keycloakFiles(version)
    const jar = `org.keycloak.keycloak-server-spi-private-${version}.jar`
    const constants = async (name: string) => {
      const file = await readFromJar(
        join(folder, 'lib/lib/main', jar),
        `org/keycloak/${name}.class`,
      )
      return enumConstantsOf(file)
    }
    const listed = join(import.meta.dirname, 'event-types', `${version}.json`)
    expect(JSON.parse(readFileSync(listed, 'utf8'))).toEqual({
      eventType: await constants('events/EventType'),
      resourceType: await constants('events/admin/ResourceType'),
      operationType: await constants('events/admin/OperationType'),
    })
  })
})
