import { writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { openPlace } from './curfew.ts'

const { curfew, start, pathOf } = openPlace()

describe('the program', () => {
  it('ends with 0 and every command named when it is asked for help', async () => {
    const { code, stdout, stderr } = await curfew(['--help'])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(/^ {2}report /m)
  })

  it('ends with 2 and one line when what was typed cannot be', async () => {
    const { code, stdout, stderr } = await curfew(['simulate', '--ledger', 'y'])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^curfew: [^\n]*give one of --out[^\n]*\n$/)
  })

  it('ends with 2 for settings that cannot be, and shows none of their values', async () => {
    writeFileSync(pathOf('policy.yaml'), 'version: 1\ncauses: { full_moon: {} }\n')
    const { code, stdout, stderr } = await curfew(['start'], { CURFEW_POLICY: 'policy.yaml' })
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/^curfew: POLICY_INVALID: .*\/causes\/full_moon/s)
  })

  it('ends without a word when whoever reads it leaves', async () => {
    const running = start(['schemas', '--help'])
    running.child.stdout?.destroy()
    const { code, stderr } = await running.ended
    expect([code === 0 || code === 130, stderr]).toEqual([true, ''])
  })
})
