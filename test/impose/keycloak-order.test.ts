import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lead, standing } from './keycloak-play.ts'
import { adminEvent, flow, userEvent } from './keycloak-tales.ts'

const old = flow('s-old', 0)
const changed = flow('s-new', 21).changePassword()
const inOld = flow('s-old', 21).changePassword().slice(0, 2)
const demand = { requiredActions: ['UPDATE_PASSWORD'] }
const requests = {
  'a mail of the same flow': userEvent(20, 'SEND_RESET_PASSWORD', { code_id: 's-new' }),
  'a mail of another flow': userEvent(20, 'SEND_RESET_PASSWORD', { code_id: 's-else' }),
  'a mail with a demand': adminEvent(20, 'ACTION', 'USER', 'users/u-ada/execute-actions-email'),
  'a demand': adminEvent(20, 'UPDATE', 'USER', 'users/u-ada', demand),
  'a temporary password': adminEvent(20, 'ACTION', 'USER', 'users/u-ada/reset-password'),
}

/** What is imposed for the change of the password in the end. */
const imposed = async (batches: readonly (readonly object[])[]) => {
  const led = await lead(
    batches.flat(),
    batches.map(({ length }) => length),
  )
  const changes = new Set(
    led.events.filter(({ type }) => type === 'credential.changed').map(({ id }) => id),
  )
  const causes = standing(led).filter(({ eventId }) => changes.has(eventId))
  return {
    causes: causes.map(({ class: is, exemptSessionId, flowSessionId, at }) => {
      return { is, exemptSessionId, flowSessionId, at }
    }),
    condemned: led.curfews
      .filter(({ causeId }) => causes.some((cause) => cause.causeId === causeId))
      .map(({ class: is, sessionId, causeAt }) => ({ is, sessionId, causeAt })),
  }
}

/** The events of the person in their order, the request anywhere among them, cut into batches anywhere. */
const tellings = (events: readonly object[], request: object) =>
  fc
    .record({
      place: fc.nat({ max: events.length }),
      cuts: fc.array(fc.boolean(), { minLength: events.length, maxLength: events.length }),
    })
    .map(({ place, cuts }) => {
      const all = events.toSpliced(place, 0, request)
      const batches: object[][] = [[]]
      for (const [index, event] of all.entries()) {
        if (index > 0 && cuts[index - 1]) batches.push([])
        batches.at(-1)?.push(event)
      }
      return batches
    })

describe('a change of a password', () => {
  it.each(Object.entries(requests))(
    'that %s brought about is the same recovery whenever that is heard of',
    async (_, request) => {
      const events = [...old.signIn(), ...changed]
      const expected = await imposed([[...old.signIn(), request, ...changed]])
      expect(expected.causes.map(({ is }) => is)).toEqual(['credential_reset'])
      expect(expected.condemned).toMatchObject([{ sessionId: 's-old' }])
      const same = fc.asyncProperty(tellings(events, request), async (batches) => {
        expect(await imposed(batches)).toEqual(expected)
      })
      await fc.assert(same, { numRuns: 40 })
    },
  )

  it('in the browser that is signed in condemns the session that it exempted, once the request is heard of', async () => {
    const request = userEvent(20, 'SEND_RESET_PASSWORD', { code_id: 's-old' })
    const events = [...old.signIn(), ...inOld]
    expect((await imposed([events])).condemned).toEqual([])
    const same = fc.asyncProperty(tellings(events, request), async (batches) => {
      const { causes, condemned } = await imposed(batches)
      expect(causes).toMatchObject([{ is: 'credential_reset', exemptSessionId: '' }])
      expect(condemned).toMatchObject([{ is: 'credential_reset', sessionId: 's-old' }])
    })
    await fc.assert(same, { numRuns: 40 })
  })

  it('is not touched by a request that came after it', async () => {
    const late = userEvent(30, 'SEND_RESET_PASSWORD', { code_id: 's-new' })
    const { causes } = await lead([...old.signIn(), ...changed, late], 1)
    expect(causes.map((cause) => cause.class)).toEqual(['credential_changed'])
  })
})
