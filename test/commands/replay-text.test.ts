import { describe, expect, it } from 'vitest'
import { makeReplayText, strangerNote } from '../../src/commands/replay-text.ts'

const of = (lines: number, bytesRead: number, more: object = {}) => ({
  ...{ path: 'october.ndjson', file: 1, files: 2, bytesTotal: 1_000_000, done: false },
  ...{ lines, bytesRead, ...more },
})

describe('the progress of a replay', () => {
  it('counts lines, and leaves speed and time out until they are known', () => {
    const words = makeReplayText()
    expect(words(of(2_000, 100_000), 5_000)).toBe(
      'october.ndjson (1 of 2): 2,000 lines recorded, 10 % of its bytes read',
    )
  })

  it('says how fast lines are recorded and how long the rest of the file takes', () => {
    const words = makeReplayText()
    words(of(2_000, 100_000), 5_000)
    expect(words(of(12_000, 300_000), 15_000)).toMatch(/, 1,000 lines a second, about 35 s left$/)
    expect(words(of(22_000, 300_001), 905_000)).toMatch(/about 52 min left$/)
    expect(words(of(22_000, 1_000_000, { done: true }), 910_000)).toMatch(/\d+ lines a second$/)
  })

  it('counts no line of an earlier run as fast, and begins anew with each file', () => {
    const words = makeReplayText()
    words(of(1_000_000, 500_000), 0)
    expect(words(of(1_000_500, 500_500), 10_000)).toContain(' 50 lines a second')
    expect(words(of(7, 70, { file: 2 }), 20_000)).not.toContain('a second')
  })
})

describe('the note of a replay', () => {
  const sso = { tenant: 'acme', instance: 'sso' }

  it('is there where the connections name instances and not this one, and names those', () => {
    const note = strangerNote({ instances: [sso] }, { tenant: 'acme', instance: 'ssso' })
    expect(note).toMatch(/^the connections name no instance acme\/ssso; .* They name acme\/sso$/)
  })

  it('is not there where they name it, or none at all', () => {
    expect(strangerNote({ instances: [sso] }, sso)).toBeUndefined()
    expect(strangerNote({ instances: [] }, sso)).toBeUndefined()
  })
})
