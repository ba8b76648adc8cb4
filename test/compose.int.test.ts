import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startKeycloak } from './parts/keycloak.ts'
import type { AdminCall } from './parts/keycloak-http.ts'
import { askForToken, madeId, makeAdminCall, textAt } from './parts/keycloak-http.ts'
import type { TestKeycloak } from './parts/keycloak-server.ts'
import { lacks } from './parts/needs.ts'

const realm = `compose-${randomUUID()}`
const secret = randomUUID()

/** The realm that docker-compose.yml imports, under a name of its own and with its secret put in. */
const representation: { readonly clients: readonly { readonly clientId: string }[] } = JSON.parse(
  readFileSync('compose/keycloak-realm.json', 'utf8')
    .replace('"realm": "example"', `"realm": "${realm}"`)
    .replace(`\${KEYCLOAK_CURFEW_SECRET}`, secret),
)

describe.skipIf(lacks('keycloak', import.meta.filename))('the realm of docker-compose.yml', () => {
  let keycloak: TestKeycloak
  let asAdmin: AdminCall
  let asCurfew: AdminCall

  beforeAll(async () => {
    keycloak = await startKeycloak()
    const { baseUrl, admin } = keycloak
    const adminToken = async () => {
      const form = { grant_type: 'password', client_id: 'admin-cli', ...admin }
      return textAt((await askForToken(baseUrl, 'master', form)).body, 'access_token')
    }
    const curfewToken = async () => {
      const [client] = representation.clients
      const form = {
        grant_type: 'client_credentials',
        client_id: client?.clientId ?? '',
        client_secret: secret,
      }
      return textAt((await askForToken(baseUrl, realm, form)).body, 'access_token')
    }
    const server = makeAdminCall({ baseUrl, prefix: '', askToken: adminToken })
    const made = await server('POST', '', representation)
    if (made.status !== 201) throw new Error(`Keycloak answered ${made.status} to the import`)
    asAdmin = makeAdminCall({ baseUrl, prefix: `/${realm}`, askToken: adminToken })
    asCurfew = makeAdminCall({ baseUrl, prefix: `/${realm}`, askToken: curfewToken })
  })
  afterAll(async () => {
    await asAdmin('DELETE', '')
    await keycloak.stop()
  })

  it('lets Curfew read sessions, events and admin events', async () => {
    const user = madeId(await asAdmin('POST', '/users', { username: 'ada', enabled: true }))
    const answers = await Promise.all(
      [`/users/${user}/sessions`, `/users/${user}/consents`, '/events', '/admin-events'].map(
        (path) => asCurfew('GET', path),
      ),
    )
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
  })

  it('lets Curfew change neither clients nor the realm', async () => {
    const { status: clients } = await asCurfew('POST', '/clients', { clientId: 'x' })
    const { status: itself } = await asCurfew('PUT', '', { displayName: 'x' })
    expect([clients, itself]).toEqual([403, 403])
  })

  it('saves what admins do and how sessions are used', async () => {
    const { body } = await asCurfew('GET', '/events/config')
    expect(body).toMatchObject({
      eventsEnabled: true,
      adminEventsEnabled: true,
      adminEventsDetailsEnabled: true,
      enabledEventTypes: expect.arrayContaining(['LOGIN', 'REFRESH_TOKEN', 'REFRESH_TOKEN_ERROR']),
    })
  })
})
