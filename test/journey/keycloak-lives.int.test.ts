import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Store } from '../../src/store/store.ts'
import { openTestStore } from '../parts/store.ts'
import { sweep } from './play.ts'
import { emptyStore, standingFindings } from './read-store.ts'
import type { TestIngest } from './world.ts'
import { bindingOf, evening, minute, openTestIngest, second, start } from './world.ts'

let store: Store
let ingest: TestIngest
let events = 0
beforeAll(async () => {
  store = await openTestStore()
})
afterAll(() => store.close())
beforeEach(async () => {
  await emptyStore(store)
  ingest = await openTestIngest({ store })
})
afterEach(() => ingest.close())

/** A user event of Keycloak about ada's session, so long after the start. */
function userEvent(at: number, type: string, session: string, details: object = {}) {
  events += 1
  const sessionId = type.startsWith('UPDATE') ? {} : { sessionId: session }
  return {
    kind: 'user_event',
    realm: 'staff',
    event: {
      ...{ id: `event-${events}`, time: start + at, type, clientId: 'portal', userId: 'u-ada' },
      ...{ ipAddress: '203.0.113.20', ...sessionId },
      details: { auth_method: 'openid-connect', code_id: session, username: 'ada', ...details },
    },
  }
}

/** A LOGIN as the first sign-in writes it, and as the end of a required action does. */
const login = (at: number, session: string) => userEvent(at, 'LOGIN', session)
const loginAfterAction = (at: number, session: string) =>
  userEvent(at, 'LOGIN', session, { response_type: 'code', response_mode: 'query' })
const refresh = (at: number, session: string, kind = 'Refresh') =>
  userEvent(at, 'REFRESH_TOKEN', session, { refresh_token_type: kind })

function adminEvent(at: number, operation: string, path: string, representation?: object): object {
  events += 1
  return {
    kind: 'admin_event',
    realm: 'staff',
    event: {
      ...{ id: `event-${events}`, time: start + at, operationType: operation, resourcePath: path },
      resourceType: path.startsWith('sessions/') ? 'USER_SESSION' : 'USER',
      authDetails: { clientId: 'console', userId: 'admin-1', ipAddress: '203.0.113.1' },
      ...(representation === undefined ? {} : { representation: JSON.stringify(representation) }),
    },
  }
}

/** The same as done by somebody else. */
const by = (userId: string, message: ReturnType<typeof userEvent>): object => {
  const { event, ...around } = message
  return { ...around, event: { ...event, userId } }
}

/** Tells the events one after the other, lets the enforcer look, and says what came of it. */
async function outcomeOf(history: readonly object[]) {
  for (const [offset, message] of history.entries()) {
    const value = Buffer.from(JSON.stringify(message))
    const { durable } = await ingest.take('acme', [], {
      format: 'keycloak',
      binding: bindingOf('acme'),
      messages: [{ value, offset, receivedAt: start + 4 * 60 * minute }],
    })
    await durable
  }
  await sweep(store)
  const condemned = await store.ask(
    `select session_kind, session_id, incarnation, toString(class) as class, certainty, verdict
     from verdicts(as_of = {as_of:DateTime64(3)}) order by session_id, session_kind, class`,
    { as_of: evening },
  )
  const lives = await store.ask(
    'select session_id, incarnation from session_lives order by incarnation',
  )
  const found = (await standingFindings(store)).map(({ detector }) => detector)
  return { condemned, lives: lives.length, found }
}

describe('a Keycloak session id that ended', () => {
  it('begins a new life at a LOGIN three seconds later, whose uses are no breach', async () => {
    const { lives, found } = await outcomeOf([
      login(0, 's-same'),
      userEvent(10 * minute, 'LOGOUT', 's-same'),
      login(10 * minute + 3 * second, 's-same'),
      refresh(15 * minute, 's-same'),
    ])
    expect({ lives, found }).toEqual({ lives: 2, found: [] })
  })

  it('begins one at a LOGIN that ends a required action too, after an administrator ended it', async () => {
    const { lives, found } = await outcomeOf([
      login(0, 's-same'),
      adminEvent(10 * minute, 'DELETE', 'sessions/s-same', { offline: false }),
      loginAfterAction(12 * minute, 's-same'),
      refresh(15 * minute, 's-same'),
    ])
    expect({ lives, found }).toEqual({ lives: 2, found: [] })
  })

  it('is a breach when it goes on without a sign-in, and every later cause condemns it', async () => {
    const { condemned, lives, found } = await outcomeOf([
      login(0, 's-same'),
      userEvent(10 * minute, 'LOGOUT', 's-same'),
      refresh(15 * minute, 's-same'),
      adminEvent(20 * minute, 'ACTION', 'users/u-ada/reset-password'),
    ])
    expect({ lives, found }).toEqual({ lives: 0, found: ['used-after-revoked'] })
    expect(condemned).toMatchObject([
      { session_id: 's-same', class: 'credential_reset', certainty: 'certain' },
    ])
  })

  it('begins no new life at a sign-in that comes after a use refuted its end', async () => {
    const { condemned, lives } = await outcomeOf([
      login(0, 's-same'),
      userEvent(10 * minute, 'LOGOUT', 's-same'),
      refresh(15 * minute, 's-same'),
      adminEvent(20 * minute, 'ACTION', 'users/u-ada/reset-password'),
      loginAfterAction(25 * minute, 's-same'),
    ])
    expect(lives).toBe(0)
    expect(condemned).toMatchObject([{ session_id: 's-same', verdict: 'broken' }])
  })
})

describe('a browser that several people share, whose session keeps its id', () => {
  it('is condemned in the life of whom a cause is about, and in no other', async () => {
    const shared = (session: string, first: string, then: string) => [
      by(first, login(0, session)),
      by(first, userEvent(10 * minute, 'LOGOUT', session)),
      by(then, login(11 * minute, session)),
      by(then, refresh(40 * minute, session)),
    ]
    const { condemned, lives, found } = await outcomeOf([
      // In both orders, since neither name may come before the other.
      ...shared('s-one', 'u-ada', 'u-bob'),
      ...shared('s-two', 'u-bob', 'u-ada'),
      adminEvent(20 * minute, 'UPDATE', 'users/u-bob', { enabled: false }),
    ])
    expect(condemned).toMatchObject([
      { session_id: 's-one', incarnation: 1, verdict: 'broken', certainty: 'certain' },
    ])
    expect({ lives, found }).toEqual({ lives: 4, found: [] })
  })
})

describe('the session of somebody who was given a temporary password', () => {
  it('is not condemned by the reset that made it, and the older session is', async () => {
    const { condemned } = await outcomeOf([
      login(0, 's-old'),
      adminEvent(10 * minute, 'ACTION', 'users/u-ada/reset-password'),
      loginAfterAction(30 * minute, 's-new'),
      userEvent(30 * minute + second, 'CODE_TO_TOKEN', 's-new', { token_id: 'onrtac:1' }),
    ])
    expect(condemned).toMatchObject([{ session_id: 's-old', class: 'credential_reset' }])
  })

  it('stays condemned when it was used before the reset and only signs in again after it', async () => {
    const { condemned } = await outcomeOf([
      refresh(0, 's-old'),
      adminEvent(10 * minute, 'ACTION', 'users/u-ada/reset-password'),
      loginAfterAction(30 * minute, 's-old'),
    ])
    expect(condemned).toMatchObject([
      { session_id: 's-old', certainty: 'certain', verdict: 'broken' },
    ])
  })
})

describe('a session that signs in to several applications', () => {
  it('is one session, born once', async () => {
    const { condemned, lives, found } = await outcomeOf([
      login(0, 's-ada'),
      login(180, 's-ada'),
      ...Array.from({ length: 12 }, (_, visit) => loginAfterAction(visit * minute, 's-ada')),
      userEvent(20 * minute, 'LOGOUT', 's-ada'),
      adminEvent(30 * minute, 'UPDATE', 'users/u-ada', { enabled: false }),
    ])
    expect({ condemned, lives, found }).toEqual({ condemned: [], lives: 0, found: [] })
  })

  it('is found when it is used after its end, however many applications it visited', async () => {
    const { found } = await outcomeOf([
      login(0, 's-ada'),
      ...Array.from({ length: 12 }, (_, visit) => loginAfterAction(visit * minute, 's-ada')),
      userEvent(20 * minute, 'LOGOUT', 's-ada'),
      refresh(25 * minute, 's-ada'),
    ])
    expect(found).toEqual(['used-after-revoked'])
  })
})

describe('the offline session of an id', () => {
  it('outlives the end of the online one, and alone is condemned by what comes later', async () => {
    const { condemned } = await outcomeOf([
      login(0, 's-both'),
      userEvent(second, 'CODE_TO_TOKEN', 's-both', {
        token_id: 'ofrtac:1',
        refresh_token_type: 'Offline',
      }),
      userEvent(10 * minute, 'LOGOUT', 's-both'),
      adminEvent(20 * minute, 'UPDATE', 'users/u-ada', { enabled: false }),
      refresh(30 * minute, 's-both', 'Offline'),
    ])
    expect(condemned).toMatchObject([
      {
        session_kind: 'offline',
        session_id: 's-both',
        class: 'subject_suspended',
        verdict: 'broken',
      },
    ])
  })
})
