import { openKeycloakFeed } from '../../src/connectors/keycloak/feed.ts'
import { provider } from '../../src/connectors/keycloak/provider.ts'
import type { Row } from '../../src/contract/ports.ts'
import { makeSend } from '../../src/http/bounded-fetch.ts'
import { systemClock } from '../../src/process/clock.ts'
import { idleMeter, silentLog } from '../given.ts'
import { sweep } from '../journey/play.ts'
import { bindingOf, makeRunningClock, openTestIngest, pseudonym } from '../journey/world.ts'
import type { TestRealm, TestUser } from '../parts/keycloak-realm.ts'
import { openTestStore } from '../parts/store.ts'

const tenant = 'acme'
const instance = 'sso'
const everyMs = 100

/** A realm's feed, the journey and the real engine behind it, by the time of this machine. */
export async function hear(realm: TestRealm) {
  const store = await openTestStore()
  // A batch of which nothing is recorded would wait a minute for its turn to be written.
  const clock = { ...makeRunningClock(), now: systemClock.now }
  const ingest = await openTestIngest({ store, clock })
  const send = makeSend({ timeoutMs: 30_000, bodyBytesMax: 8 * 1024 * 1024 })
  const { baseUrl, name, curfew } = realm
  const asked = provider.open(
    {
      ...{ base_url: baseUrl, realm: name },
      ...{ client_id: curfew.clientId, client_secret: curfew.clientSecret },
    },
    { send, clock: systemClock },
  )
  const cursors = new Map<string, string>()
  let messages = 0
  let messagesBefore = -1
  let quiet = Promise.withResolvers<void>()
  const feed = openKeycloakFeed(
    { baseUrl, realm: name, ...curfew, everyMs, binding: bindingOf(tenant, { instance }) },
    {
      ...{ send, clock: systemClock, log: silentLog, meter: idleMeter },
      cursor: {
        read: async (id) => cursors.get(id) ?? null,
        write: async (id, text) => void cursors.set(id, text),
      },
      // Both streams were read to their ends, and all that they told is durable.
      onIntakeHealth: () => {
        if (messages === messagesBefore) quiet.resolve()
        messagesBefore = messages
      },
    },
  )
  const running = feed.run((batch) => {
    messages += batch.messages.length
    return ingest.deliver(batch)
  })
  /** Resolves when two readings in a row told nothing new. */
  const untilQuiet = (): Promise<void> => {
    quiet = Promise.withResolvers()
    messagesBefore = -1
    // Should the feed fail for good, that is what is told.
    return Promise.race([quiet.promise, running])
  }
  const about = (user: TestUser, what: string, order = ''): Promise<readonly Row[]> =>
    store.ask(
      `select distinct ${what} where tenant = {tenant:String} and subject_ref = {ref:String} ${order}`,
      { tenant, ref: pseudonym(tenant, instance, user.id) },
    )
  return {
    untilQuiet,
    /** Waits until the feed told all, and has the enforcer look at it. */
    settle: async (): Promise<void> => {
      await untilQuiet()
      await sweep(store, systemClock)
    },
    /** Class and exempt session of each cause of a person, oldest first. */
    causesOf: async (user: TestUser) => {
      const told = 'at, cause_id, toString(class) as class, exempt_session_id as exempt from causes'
      const rows = await about(user, told, 'order by at')
      return rows.map(({ class: is, exempt }) => [is, exempt])
    },
    /** Class, kind and id of each condemned session of a person. */
    condemnedOf: async (user: TestUser) => {
      const said = 'toString(class) as class, toString(session_kind) as kind, session_id as id'
      const rows = await about(user, `${said} from curfews`)
      return rows.map(({ class: is, kind, id }) => `${is} ${kind} ${id}`).sort()
    },
    /** The sessions of a person that ended, as events tell. */
    endedOf: async (user: TestUser) => {
      const rows = await about(user, `session_id as id, type from events`)
      return rows.filter(({ type }) => type === 'session.ended').map(({ id }) => String(id))
    },
    /** What Keycloak itself says is left of the sessions of a person. */
    leftOf: (user: TestUser) => asked.list(user.id),
    close: async (): Promise<void> => {
      await feed.close()
      await running
      await ingest.close()
      await store.close()
    },
  }
}
export type Heard = Awaited<ReturnType<typeof hear>>
