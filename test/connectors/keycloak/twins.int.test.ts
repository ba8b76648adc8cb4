import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import type { PolicyFile } from '../../../src/contract/policy.ts'
import { enforcing } from '../../enforce/scene.ts'
import { eventually } from '../../parts/eventually.ts'
import { makeUser, refresh } from '../../parts/keycloak-realm.ts'
import { loginTwice } from '../../parts/keycloak-twins.ts'
import { openAtKeycloak } from './enforced.ts'
import { describeAtKeycloak } from './stage.ts'

describeAtKeycloak(
  import.meta.filename,
  'online and offline sessions of one id, or of a deleted user, at a Keycloak %s',
  (at) => {
    const twinsAt = async (tenant: string, policy: PolicyFile = enforcing) => {
      const { realm, stage } = at()
      const user = await makeUser(realm)
      const { online, offline } = await loginTwice(user)
      expect(online.sessionId).toBe(offline.sessionId)
      const curfew = await openAtKeycloak(stage, realm, { tenant, policy })
      await curfew.session(online.sessionId, user.id, 'online')
      await curfew.session(offline.sessionId, user.id, 'offline')
      const statuses = async () => [(await refresh(online)).status, (await refresh(offline)).status]
      return { user, curfew, statuses, id: online.sessionId }
    }

    test('are both left alone while only the offline one is condemned and nobody has approved', async () => {
      const { user, curfew, statuses, id } = await twinsAt('twins-held')
      const scope = { scopeKind: 'session', sessionKind: 'offline', sessionId: id } as const
      await curfew.cause('grant_revoked', user.id, scope)
      await eventually({
        what: 'A notice that somebody has to approve',
        timeoutMs: 60_000,
        probe: async () => curfew.notices.find(({ kind }) => kind === 'held'),
      })
      expect(curfew.notices).toMatchObject([{ kind: 'held', alsoEnds: [`online ${id}`] }])
      expect(await statuses()).toEqual([200, 200])
      await curfew.close()
    })

    test('are both ended, and proved, where both are condemned', async () => {
      const { user, curfew, statuses } = await twinsAt('twins-both')
      await curfew.cause('credential_reset', user.id)
      await eventually({
        what: 'Both curfews to be kept',
        timeoutMs: 90_000,
        everyMs: 1_000,
        probe: async () => {
          const verdicts = await curfew.verdicts()
          const kept = verdicts.filter(({ verdict }) => verdict === 'kept')
          return kept.length === 2 ? true : undefined
        },
      })
      expect(await statuses()).toEqual([400, 400])
      expect((await curfew.verdicts()).map(({ outcome }) => outcome)).toEqual([
        'contained_in_time',
        'contained_in_time',
      ])
      await curfew.close()
    })

    test('of a deleted user are kept without a call, those of somebody the realm never knew are not', async () => {
      const offboarded = { mode: 'observe', deadline_seconds: 300 } as const
      const policy = { ...enforcing, causes: { subject_offboarded: offboarded } }
      const { user, curfew, statuses } = await twinsAt('deleted', policy)
      const stranger = randomUUID()
      await curfew.session('of a stranger', stranger)
      await at().realm.asAdmin('DELETE', `/users/${user.id}`)
      await curfew.cause('subject_offboarded', stranger)
      await curfew.cause('subject_offboarded', user.id)
      const kept = async () => (await curfew.verdicts()).filter(({ verdict }) => verdict === 'kept')
      await eventually({
        what: 'Both curfews of the deleted user to be kept',
        timeoutMs: 90_000,
        everyMs: 1_000,
        probe: async () => ((await kept()).length === 2 ? true : undefined),
      })
      expect(await statuses()).toEqual([400, 400])
      expect((await kept()).map(({ kind, outcome }) => [kind, outcome])).toEqual([
        ['offline', 'ended_otherwise_in_time'],
        ['online', 'ended_otherwise_in_time'],
      ])
      expect((await curfew.verdicts()).map(({ session_id: id }) => id)).toContain('of a stranger')
      await curfew.close()
    })
  },
)
