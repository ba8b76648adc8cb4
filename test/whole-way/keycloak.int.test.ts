import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ConnectionsFile } from '../../src/config/connections.ts'
import { fillPolicy } from '../../src/config/policy.ts'
import { readSettings } from '../../src/config/settings.ts'
import type { Row } from '../../src/contract/ports.ts'
import type { Curfew } from '../../src/main.ts'
import { openCurfew } from '../../src/main.ts'
import { loadCatalog } from '../../src/process/catalog.ts'
import { systemClock } from '../../src/process/clock.ts'
import { makeLog } from '../../src/process/log.ts'
import { catalogs } from '../../src/runtime/catalog-folders.ts'
import type { Report } from '../../src/show/reporting/report.ts'
import { runReport } from '../../src/show/reporting/run-report.ts'
import { fill } from '../../src/store/literal.ts'
import { eventually } from '../parts/eventually.ts'
import type { TestKafka } from '../parts/kafka.ts'
import { startKafka } from '../parts/kafka.ts'
import { startKeycloak } from '../parts/keycloak.ts'
import type { TestLogin, TestRealm } from '../parts/keycloak-realm.ts'
import { login, makeRealm, makeUser, refresh, resetPassword } from '../parts/keycloak-realm.ts'
import type { TestKeycloak } from '../parts/keycloak-server.ts'
import { lacks } from '../parts/needs.ts'

const firstStartTimeoutMs = 900_000
const topic = 'sessions.keycloak'
const tenant = 'acme'
const instance = 'sso'

/**
 * Keycloak → its feed → Kafka → Curfew → ClickHouse → Keycloak, on parts that nobody here wrote.
 * Time is real here: what is waited for happens outside this process.
 */
describe.skipIf(lacks('keycloak', import.meta.filename) || lacks('kafka', import.meta.filename))(
  'the whole way',
  () => {
    let keycloak: TestKeycloak
    let kafka: TestKafka
    let realm: TestRealm
    let curfew: Curfew
    const dataDir = mkdtempSync(join(tmpdir(), 'curfew-whole-'))
    /** Logged in before Curfew was opened, and cleared from the provider's events. */
    let idle: TestLogin
    let idleUser: Awaited<ReturnType<typeof makeUser>>

    beforeAll(async () => {
      ;[keycloak, kafka] = await Promise.all([startKeycloak(), startKafka()])
      realm = await makeRealm(keycloak)
      idleUser = await makeUser(realm)
      idle = await login(idleUser)
      await realm.asAdmin('DELETE', '/events')
      await makeTopic(kafka)
      curfew = await openCurfew({
        settings: {
          ...readSettings({}),
          CURFEW_DATA_DIR: dataDir,
          CURFEW_HTTP_PORT: 0,
          CURFEW_KAFKA_BROKERS: kafka.brokers.join(','),
          CURFEW_ENFORCE_EVERY_MS: 300,
        },
        connections: connectionsTo(realm),
        policy: fillPolicy({
          version: 1,
          causes: { credential_reset: { mode: 'enforce', deadline_seconds: 25 } },
          guards: { provider_calls_per_second_max: 50 },
          timing: { listing_every_seconds: 5 },
        }),
        secretOf: () => '',
        clock: systemClock,
        log: makeLog('warn'),
        version: 'test',
      })
    }, firstStartTimeoutMs)

    afterAll(async () => {
      await curfew?.[Symbol.asyncDispose]()
      await realm?.remove()
      await Promise.all([keycloak?.stop(), kafka?.stop()])
      rmSync(dataDir, { recursive: true, force: true })
    })

    const verdictOf = async (session: TestLogin): Promise<Row | undefined> => {
      const [row] = await curfew.store.ask(
        `select verdict, outcome, dead_by, certainty, toString(class) as class, order_state, order_reason,
           arrayMap(p -> p.2, proofs) as levels, isNotNull(acknowledged_at) as acknowledged
         from verdicts(as_of = now64(3, 'UTC'))
         where tenant = {tenant:String} and session_id = {id:String}`,
        { tenant, id: session.sessionId },
      )
      return row
    }
    const untilKept = (session: TestLogin) =>
      eventually({
        what: `the curfew of ${session.sessionId} to be kept`,
        timeoutMs: 45_000,
        everyMs: 1_000,
        probe: async () => {
          const row = await verdictOf(session)
          return row?.verdict === 'kept' ? row : undefined
        },
      })
    const untilSeen = (session: TestLogin) =>
      eventually({
        what: `the login of ${session.sessionId} to arrive`,
        timeoutMs: 30_000,
        everyMs: 100,
        probe: async () => {
          const rows = await curfew.store.ask(
            'select 1 as one from events where session_id = {id:String} limit 1',
            { id: session.sessionId },
          )
          return rows[0]
        },
      })

    it("ends the sessions that survive an admin's reset, proves it by their refusal, and touches no other", async () => {
      const [ada, bob] = [await makeUser(realm), await makeUser(realm)]
      const [laptop, phone, other] = [await login(ada), await login(ada), await login(bob)]
      for (const session of [laptop, phone, other]) await untilSeen(session)
      // A creation within clock uncertainty of the cause is ambiguous and asks for approval.
      await pause(6_500)
      const renewed = await resetPassword(ada)
      expect((await refresh(phone)).status).toBe(200)

      await untilKept(laptop)
      await untilKept(phone)
      expect(await refresh(phone)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
      expect(await refresh(laptop)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
      const later = await login(renewed)
      expect((await refresh(other)).status).toBe(200)
      expect((await refresh(later)).status).toBe(200)

      const refused = await eventually({
        what: 'the refusal to arrive as evidence',
        timeoutMs: 30_000,
        everyMs: 1_000,
        probe: async () => {
          const row = await verdictOf(phone)
          return String(row?.levels).includes('E4') ? row : undefined
        },
      })
      expect(refused).toMatchObject({
        verdict: 'kept',
        outcome: 'contained_in_time',
        certainty: 'certain',
        class: 'credential_reset',
      })
      expect(await verdictOf(other)).toBeUndefined()
      expect((await refresh(other)).status).toBe(200)

      // Only curfews whose deadline has passed are counted: success is known sooner than failure.
      const coverage = await eventually({
        what: 'the deadline to pass',
        timeoutMs: 40_000,
        everyMs: 500,
        probe: async () => {
          const { summary } = await report('coverage')
          return summary.coverage === null ? undefined : summary.coverage
        },
      })
      expect(coverage).toBe(1)
      const latency = await report('latency')
      expect(JSON.stringify(latency.rows)).toContain('first_refused')
    }, 180_000)

    it('ends an idle session that it never heard of', async () => {
      expect(
        await curfew.store.ask('select 1 as one from events where session_id = {id:String}', {
          id: idle.sessionId,
        }),
      ).toEqual([])
      await resetPassword(idleUser)
      await untilKept(idle)
      expect(await refresh(idle)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    }, 120_000)

    it('ends an offline session, which is not in the ordinary list', async () => {
      const carol = await makeUser(realm)
      const offline = await login(carol, { offline: true })
      await untilSeen(offline)
      await pause(6_500)
      await resetPassword(carol)
      expect((await refresh(offline)).status).toBe(200)
      await untilKept(offline)
      expect(await refresh(offline)).toMatchObject({
        status: 400,
        body: { error: 'invalid_grant' },
      })
    }, 120_000)

    async function report(id: string) {
      const reports = await loadCatalog<Report>(catalogs.reports, 'report')
      const found = reports.find((each) => each.id === id)
      if (!found) throw new Error(`no report ${id}`)
      return runReport({
        report: found,
        tenant,
        parameters: {},
        names: false,
        ask: curfew.store.ask,
        fill,
        now: Date.now,
        pseudonym: curfew.pseudonym,
        ownClients: ['curfew'],
      })
    }
  },
)

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

async function makeTopic({ brokers }: TestKafka): Promise<void> {
  const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: 4 }] })
  await admin.disconnect()
}

function connectionsTo(realm: TestRealm): ConnectionsFile {
  return {
    version: 1,
    instances: [
      {
        tenant,
        instance,
        provider: 'keycloak',
        settings: {
          base_url: realm.baseUrl,
          realm: realm.name,
          client_id: realm.curfew.clientId,
          client_secret: realm.curfew.clientSecret,
        },
        feed: { every_ms: 500 },
        topics: [{ topic, format: 'keycloak', may_act: true, relay: true, trusted: [] }],
        webhook_secrets: [],
      },
    ],
    tokens: [],
  }
}
