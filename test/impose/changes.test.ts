import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lead, standing } from './keycloak-play.ts'
import { adminEvent, flow, userEvent } from './keycloak-tales.ts'

const hour = 60
const flows = fc.constantFrom('s-one', 's-two', 's-three', '')
const named = (id: string) => (id === '' ? {} : { code_id: id })
const demand = { requiredActions: ['UPDATE_PASSWORD'] }

/** Hours on both sides of a day, and days on both sides of a month, of which some are the same. */
const minutes = fc
  .oneof(fc.integer({ min: 0, max: 30 }), fc.constantFrom(5 * 24, 29 * 24, 31 * 24))
  .map((hours) => (hours - 32 * 24) * hour)

/** What a person and an administrator do about a password, told by a realm. */
const acts = fc
  .record({ at: minutes, of: flows, kind: fc.nat({ max: 7 }) })
  .map(({ at, of, kind }) => {
    if (kind === 0) return userEvent(at, 'SEND_RESET_PASSWORD', named(of))
    if (kind === 1) return adminEvent(at, 'UPDATE', 'USER', 'users/u-ada', demand)
    if (kind === 2) return adminEvent(at, 'ACTION', 'USER', 'users/u-ada/reset-password')
    if (kind === 3) return userEvent(at, 'UPDATE_TOTP', named(of))
    if (kind === 4) return userEvent(at, 'RESET_PASSWORD', named(of))
    const [signIn = {}] = flow(of || 's-four', at).signIn()
    return kind === 5 ? signIn : userEvent(at, 'UPDATE_PASSWORD', named(of))
  })
const histories = fc.array(acts, { minLength: 2, maxLength: 8, size: 'max' })

/** The causes that stand in the end, by what told them. */
const causesOf = async (events: readonly object[], sizes: number | readonly number[]) =>
  standing(await lead(events, sizes))
    .filter(
      ({ eventId }, place, all) => all.findIndex((each) => each.eventId === eventId) === place,
    )
    .map(({ class: is, eventId, exemptSessionId, flowSessionId }) => {
      return `${eventId} ${is} ${exemptSessionId} ${flowSessionId}`
    })
    .sort()

describe('a change of a credential', () => {
  it('is in the end one and the same cause, in whichever order and batches the events come', async () => {
    let [changed, recovered, corrected] = [0, 0, 0]
    const told = histories.chain((events) =>
      fc.record({
        events: fc.constant(events),
        order: fc.shuffledSubarray(events, { minLength: events.length }),
        size: fc.integer({ min: 1, max: 3 }),
      }),
    )
    const same = fc.asyncProperty(told, async ({ events, order, size }) => {
      const straight = await causesOf(events, events.length)
      expect(await causesOf(order, size)).toEqual(straight)
      expect(await causesOf([...order, ...events], size)).toEqual(straight)
      changed += straight.filter((each) => each.includes('_changed')).length
      recovered += straight.filter((each) => each.includes('credential_reset')).length
      corrected += (await lead(order, size)).replaced.length
    })
    await fc.assert(same, { numRuns: process.env.CURFEW_SOAK === undefined ? 200 : 5_000 })
    expect(changed).toBeGreaterThan(50)
    expect(recovered).toBeGreaterThan(50)
    expect(corrected).toBeGreaterThan(20)
  }, 300_000)

  it.each([
    ['a mail', userEvent(20, 'SEND_RESET_PASSWORD', {})],
    ['a demand', adminEvent(20, 'UPDATE', 'USER', 'users/u-ada', demand)],
  ])(
    'that names no session is the recovery that %s asked for once, and then an ordinary one',
    async (_, request) => {
      const events = [
        request,
        userEvent(25, 'UPDATE_PASSWORD', {}),
        userEvent(60, 'UPDATE_PASSWORD', {}),
        userEvent(90, 'UPDATE_PASSWORD', {}),
      ]
      const anyOrder = fc.record({
        order: fc.shuffledSubarray(events, { minLength: events.length }),
        size: fc.integer({ min: 1, max: 4 }),
      })
      const same = fc.asyncProperty(anyOrder, async ({ order, size }) => {
        const led = await lead(order, size)
        const ofUser = standing(led).filter(({ initiatorKind }) => initiatorKind === 'user')
        const classes = ofUser
          .toSorted((one, other) => one.at - other.at)
          .map((cause) => cause.class)
        expect(classes).toEqual(['credential_reset', 'credential_changed', 'credential_changed'])
      })
      await fc.assert(same, { numRuns: 40 })
    },
  )

  it('in a flow whose sign-in is heard of late is no recovery, as it is none when that came first', async () => {
    const old = flow('s-old', 0).signIn()
    const events = [
      userEvent(20, 'SEND_RESET_PASSWORD', { code_id: 's-else' }),
      ...flow('s-old', 21).changePassword().slice(0, 2),
    ]
    const late = standing(await lead([...events, ...old], 1))
    expect(late.map(({ class: is, exemptSessionId }) => [is, exemptSessionId])).toEqual([
      ['credential_changed', 's-old'],
    ])
    expect(await causesOf([...old, ...events], 1)).toEqual(await causesOf([...events, ...old], 1))
  })
})
