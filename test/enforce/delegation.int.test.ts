import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { enforcing, minute } from './scene.ts'
import type { Stage } from './stage.ts'
import { openStage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

/** Ada has a session of her own and an agent that acts for her; bob has neither. */
async function anAgentOfAda() {
  const scene = stage.scene({
    policy: { ...enforcing, causes: { ...enforcing.causes, access_reduced: { mode: 'enforce' } } },
  })
  const forAda = { subject_kind: 'agent', on_behalf_of_ref: scene.refOf('ada') }
  await scene.session('own', 'ada')
  await scene.session('agents', 'robot', forAda)
  await scene.session('others', 'bob')
  const alive = () => ['own', 'agents', 'others'].filter((id) => scene.idp.isAlive(id))
  return { scene, forAda, alive }
}

describe("an agent's session", () => {
  it.each(['subject_suspended', 'operator_order'] as const)(
    'ends with what its principal loses: %s',
    async (causeClass) => {
      const { scene, alive } = await anAgentOfAda()
      const enforcer = await scene.open()
      await scene.settle(enforcer)
      await scene.cause(causeClass)
      await scene.settle(enforcer)
      expect(alive()).toEqual(['others'])
      expect(await scene.verdicts()).toMatchObject([
        { session_id: 'agents', class: causeClass, verdict: 'kept', order_state: 'contained' },
        { session_id: 'own', class: causeClass, verdict: 'kept', order_state: 'contained' },
      ])
    },
  )

  it('outlives what its principal only changes: a new password is none of the agent’s', async () => {
    const { scene, alive } = await anAgentOfAda()
    await scene.cause('credential_reset')
    await scene.settle(await scene.open())
    expect(alive()).toEqual(['agents', 'others'])
  })

  it('ends when somebody tells only after the cause for whom it acts', async () => {
    const { scene, alive } = await anAgentOfAda()
    await scene.session('late', 'robot', { subject_kind: 'agent' })
    const enforcer = await scene.open()
    await scene.cause('subject_suspended')
    await scene.settle(enforcer)
    expect([scene.idp.isAlive('late'), alive()]).toEqual([true, ['others']])
    const behalf = { subject_kind: 'agent', on_behalf_of_ref: scene.refOf('ada') }
    await scene.event('session.used', 'late', 'robot', behalf)
    await scene.pass(enforcer, minute)
    expect(scene.idp.isAlive('late')).toBe(false)
  })

  it('loses the organization that its principal lost, and no other', async () => {
    const { scene, forAda } = await anAgentOfAda()
    await scene.session('elsewhere', 'robot', forAda)
    await scene.tie('organization', 'org-1', 'agents')
    await scene.tie('organization', 'org-2', 'elsewhere')
    await scene.cause('access_reduced', { scopeKind: 'subject_organization', scopeId: 'org-1' })
    await scene.settle(await scene.open())
    expect(['agents', 'elsewhere', 'own'].map(scene.idp.isAlive)).toEqual([false, true, true])
  })

  it('of nobody is not ended with a subject that is unknown', async () => {
    const { scene, alive } = await anAgentOfAda()
    await scene.cause('subject_suspended', { subjectRef: '' })
    await scene.settle(await scene.open())
    expect(alive()).toEqual(['own', 'agents', 'others'])
  })
})
