import { describe, expect, it } from 'vitest'
import { NetworkClass } from '../../src/contract/event-words.ts'
import {
  countryShown,
  isLocated,
  networkShown,
  placingOf,
  showsSubject,
} from '../../src/contract/placing.ts'
import { happen } from '../detect/play.ts'

const classes = NetworkClass.anyOf.map((word) => word.const)
const seen = (more: Partial<Parameters<typeof happen>[0]> = {}) => ({
  ...happen({ minute: 0, from: 'warsaw', ip: '192.0.2.1', ...more }, 0),
})

describe('an event places its subject', () => {
  it("only by the address of the subject's own client", () => {
    expect(placingOf(seen())).toBe('places')
    expect(placingOf(seen({ ipOf: 'application' }))).toBe('elsewhere')
    expect(placingOf(seen({ ipOf: 'actor' }))).toBe('elsewhere')
    expect(placingOf(seen({ ipOf: 'unknown' }))).toBe('not_evaluable')
    for (const ipOf of ['application', 'actor', 'unknown'] as const) {
      const other = seen({ ipOf })
      const network = { ...other.network, asn: 64_496 }
      expect([countryShown(other), isLocated(other), networkShown({ ...other, network })]).toEqual([
        '',
        false,
        0,
      ])
      expect(showsSubject(other.event, null)).toBe(false)
    }
  })

  it('only where a look-up knows the place', () => {
    const { from: _, ...nowhere } = { minute: 0, from: 'warsaw', ip: '192.0.2.1' } as const
    expect(placingOf(happen(nowhere, 0))).toBe('not_evaluable')
  })

  it('only from networks whose users are where their address is', () => {
    const which = (is: (networkClass: (typeof classes)[number]) => boolean) => classes.filter(is)
    expect(which((network) => countryShown(seen({ network })) !== '')).toEqual([
      'fixed',
      'mobile',
      'unknown',
    ])
    expect(which((network) => isLocated(seen({ network })))).toEqual(['fixed', 'unknown'])
    expect(which((network) => placingOf(seen({ network })) === 'not_evaluable')).toEqual([])
  })

  it('only in a session that nobody else opened, and only by what succeeded', () => {
    const { event } = seen()
    expect(showsSubject(event, { openedByActor: false })).toBe(true)
    expect(showsSubject(event, { openedByActor: true })).toBe(false)
    expect(showsSubject(seen({ outcome: 'refused' }).event, null)).toBe(false)
    expect(showsSubject(seen({ type: 'session.ended' }).event, null)).toBe(false)
  })
})
