import { describe, expect, it } from 'vitest'
import { policyText, signOutWarning } from '../../src/commands/policy-text.ts'
import { fillPolicy } from '../../src/config/policy.ts'

const policy = (causes: object) => fillPolicy({ version: 1, causes })

describe('a policy in words', () => {
  it('names the causes that are enforced, those that wait for a person, and those that end nothing', () => {
    const words = policyText(
      policy({ device_lost: { mode: 'enforce' }, credential_changed: { mode: 'approve' } }),
    )
    expect(words).toMatch(
      /^1 of 15 cause classes are enforced: device_lost; each order waits for an approval of credential_changed; only observed, nothing is ended: /,
    )
    expect(words).not.toMatch(/nothing is ended:.*(device_lost|credential_changed)/)
  })

  it('says when nothing is enforced', () => {
    expect(policyText(policy({}))).toMatch(/^0 of 15 cause classes are enforced; only observed/)
  })

  it('warns where a sign-out that a person asks for would end nothing', () => {
    expect(signOutWarning(policy({ device_lost: { mode: 'enforce' } }))).toContain('ends nothing')
    expect(signOutWarning(policy({ operator_order: { mode: 'enforce' } }))).toBe(undefined)
    expect(signOutWarning(policy({ operator_order: { mode: 'approve' } }))).toBe(undefined)
    expect(signOutWarning(policy({}))).toBe(undefined)
  })
})
