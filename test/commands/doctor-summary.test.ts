import { describe, expect, it } from 'vitest'
import { summaryOf } from '../../src/commands/actions/doctor.ts'

describe('the last line of the doctor', () => {
  it('says what to mend first, what is needed, and what works without', () => {
    const symptoms = [
      { check: 'store', state: 'broken', detail: '' },
      { check: 'notices', state: 'optional', detail: '' },
      { check: 'API tokens', state: 'missing', detail: '' },
      { check: 'settings', state: 'ok', detail: '' },
    ] as const
    expect(summaryOf(symptoms)).toBe(
      'Mend first: store. Needed: API tokens. Works without: notices.',
    )
    expect(summaryOf([{ check: 'settings', state: 'ok', detail: '' }])).toBe('Nothing is missing.')
  })
})
