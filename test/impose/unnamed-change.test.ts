import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lead } from './keycloak-play.ts'
import { flow, userEvent } from './keycloak-tales.ts'

describe('a change of a password that names no session', () => {
  it('is told as a recovery wherever its request is heard of', async () => {
    const told = [
      ...flow('s-old', 0).signIn(),
      userEvent(20, 'SEND_RESET_PASSWORD', {}),
      userEvent(25, 'UPDATE_PASSWORD', {}),
    ]
    const anyOrder = fc.shuffledSubarray(told, { minLength: told.length, maxLength: told.length })
    const same = fc.asyncProperty(anyOrder, async (events) => {
      const { causes } = await lead(events, 1)
      expect(causes.map((cause) => cause.class)).toContain('credential_reset')
    })
    await fc.assert(same, { numRuns: 30 })
  })
})
