import { expect, test } from 'vitest'
import type { PolicyFile } from '../../../src/contract/policy.ts'
import { systemClock } from '../../../src/process/clock.ts'
import { enforcing } from '../../enforce/scene.ts'
import { soak } from '../../journey/play.ts'
import { eventually } from '../../parts/eventually.ts'
import type { TestLogin, TestUser } from '../../parts/keycloak-realm.ts'
import { login, makeUser, refresh } from '../../parts/keycloak-realm.ts'
import { openAtKeycloak } from './enforced.ts'
import { describeAtKeycloak } from './stage.ts'

/** Of each mode of reading; about half of the sessions are put back by the reader at least once. */
const peopleAtOnce = soak ? 4 : 1
const sessionsEach = 5
const rounds = soak ? 5 : 1

/** How quick it is on a busy machine is not asked here: what is kept must be dead. */
const patient: PolicyFile = {
  ...enforcing,
  causes: { credential_reset: { mode: 'enforce', deadline_seconds: 900 } },
}

/** Lists one user's sessions, as a console or a script of somebody else does, until it is told to stop. */
function readAgainAndAgain(user: TestUser, pauseMs: number) {
  const over = new AbortController()
  const reading = (async () => {
    while (!over.signal.aborted) {
      await user.realm.asAdmin('GET', `/users/${user.id}/sessions`)
      await systemClock.wait(pauseMs, over.signal)
    }
  })()
  return async (): Promise<void> => {
    over.abort()
    await reading
  }
}

describeAtKeycloak(
  import.meta.filename,
  'a Keycloak %s whose users somebody else lists all the time',
  (at) => {
    test.concurrent.each([
      ['in a tight loop', 0],
      ['every 20 ms', 20],
    ])(
      'has no session that can be used once its curfew is kept, when they are listed %s',
      async (name, pauseMs) => {
        const { version, realm, stage } = at()
        const tenant = `race-${pauseMs}`
        const curfew = await openAtKeycloak(stage, realm, { tenant, policy: patient })
        const seen = { kept: 0, alive: [] as string[], putBack: 0, calls: 0 }
        const begun = performance.now()
        for (let round = 0; round < rounds; round += 1) {
          const people = await Promise.all(
            Array.from({ length: peopleAtOnce }, async () => {
              const user = await makeUser(realm)
              const logins: TestLogin[] = []
              for (let each = 0; each < sessionsEach; each += 1) logins.push(await login(user))
              for (const { sessionId } of logins) await curfew.session(sessionId, user.id)
              return { user, logins }
            }),
          )
          const logins = new Map(
            people.flatMap((each) => each.logins.map((one) => [one.sessionId, one] as const)),
          )
          const stops = people.map(({ user }) => readAgainAndAgain(user, pauseMs))
          for (const { user } of people) await curfew.cause('credential_reset', user.id)
          const tried = new Set<string>()
          await eventually({
            what: 'A verdict on every session',
            timeoutMs: 280_000,
            everyMs: 1_000,
            probe: async () => {
              const verdicts = await curfew.verdicts()
              const mine = verdicts.filter(({ session_id }) => logins.has(String(session_id)))
              for (const { session_id, verdict } of mine) {
                const one = logins.get(String(session_id))
                if (verdict !== 'kept' || !one || tried.has(one.sessionId)) continue
                tried.add(one.sessionId)
                if ((await refresh(one)).status === 200) seen.alive.push(one.sessionId)
              }
              return tried.size === logins.size ? true : undefined
            },
          })
          for (const stop of stops) await stop()
          for (const one of logins.values()) {
            if ((await refresh(one)).status === 200) seen.alive.push(one.sessionId)
            const answers = await curfew.answers(one.sessionId)
            seen.calls += answers.length
            if (answers.filter((means) => means === 'answer').length > 1) seen.putBack += 1
          }
          seen.kept += tried.size
        }
        const notKept = (await curfew.verdicts()).filter(({ verdict }) => verdict !== 'kept')
        await curfew.close()
        const seconds = Math.round((performance.now() - begun) / 1_000)
        process.stdout.write(
          `Keycloak ${version}, listed ${name}: ${seen.kept} kept, ${notKept.length} not, ${seen.alive.length} alive afterwards, ${seen.putBack} put back and ended again, ${seen.calls} calls, ${seconds} s\n`,
        )
        expect(seen.alive).toEqual([])
        expect(notKept).toEqual([])
        expect(seen.kept).toBe(rounds * peopleAtOnce * sessionsEach)
      },
      soak ? 3_600_000 : 600_000,
    )
  },
)
