import { describe, expect, it } from 'vitest'
import { defaultPolicy as policy } from '../src/config/policy.ts'
import type { EnrichedEvent } from '../src/contract/enriched-event.ts'
import { makeDetect } from '../src/detect/detect.ts'
import type { Detector } from '../src/detect/detector.ts'
import { makeCondemn } from '../src/impose/condemn.ts'
import { makeImpose } from '../src/impose/impose.ts'
import { loadCatalog } from '../src/process/catalog.ts'
import { makeRecall } from '../src/recall/recall.ts'
import { failOnFault, idleMeter } from './given.ts'
import type { Happening } from './journey/world.ts'
import { evening, minute, second, tell } from './journey/world.ts'
import { growthOf } from './parts/steps.ts'
import { eventsOf } from './recall/judge.ts'

const detectors = await loadCatalog<Detector>('src/detect/detectors', 'detector')
const list = <Item>(count: number, make: (each: number) => Item): Item[] =>
  Array.from({ length: count }, (_, each) => make(each))
/** From the working memory over every detector to what is imposed. */
async function take(events: readonly EnrichedEvent[]) {
  const recall = makeRecall({
    ask: () => Promise.reject(new Error('memory is whole: nothing is asked')),
    meter: idleMeter,
    grace: { endMs: 35 * second, expiryMs: 5 * second },
    subjectsMax: 100_000,
    sessionsMax: 100_000,
    storeIsEmpty: true,
    settled: async () => {},
    onFault: failOnFault,
  })
  const now = () => evening
  const detect = makeDetect({ detectors, policy, now, meter: idleMeter, onFault: failOnFault })
  const impose = makeImpose({
    ...{ condemn: makeCondemn({ policy }), policy, now, onFault: failOnFault },
  })
  const count = { findings: 0, curfews: 0, causes: 0 }
  for (let from = 0; from < events.length; from += 100) {
    const recalled = await recall(events.slice(from, from + 100))
    const findings = detect(recalled.inOrder())
    const { curfews, causes } = impose(recalled.close().contexts, findings)
    count.findings += findings.length
    count.curfews += curfews.length
    count.causes += causes.length
  }
  return count
}

const places = ['warsaw', 'tokyo', 'lisbon'] as const
/** A flood of ten hours, however much is in it. */
const at = (each: number, size: number) => Math.floor((each / size) * 600 * minute)
const ofAda = { session: 's', subject: 'ada' } as const
const signIn = (each: number, subject: string): Happening => ({
  ...{ at: each, type: 'session.created', session: `s${each}`, subject, device: `d${each % 7}` },
})
const uses = (size: number): Happening[] =>
  list(size, (each) => ({
    ...{ ...ofAda, at: at(each, size), type: 'session.used', from: places[each % 3] },
  }))

/** What somebody may send, by how much of it there is. */
const floods: { readonly [name: string]: (size: number) => readonly Happening[] } = {
  'uses of one session': uses,
  'uses of one session after it was revoked': (size) => [
    { ...ofAda, at: 0, type: 'session.revoked' },
    ...uses(size),
  ],
  'sessions of one subject': (size) => list(size, (each) => signIn(each, 'ada')),
  'resets of one subject with a session': (size) => [
    signIn(0, 'ada'),
    ...list(
      size,
      (each): Happening => ({
        ...{ at: at(each, size), type: 'credential.reset', subject: 'ada' },
      }),
    ),
  ],
  'changes of a password, and requests for them': (size) =>
    list(size, (each) => ({
      at: at(each, size),
      type: each % 2 === 0 ? 'credential.reset_requested' : 'credential.changed',
      subject: 'ada',
    })),
  'subjects with a session and a reset each': (size) =>
    list(size, (each): Happening => {
      const subject = `p${Math.floor(each / 2)}`
      if (each % 2 === 0) return signIn(each, subject)
      return { at: minute + each, type: 'credential.reset', subject }
    }),
  'organizations that one session visits': (size) =>
    uses(size).map((use, each) => ({ ...use, organization: `o${each}` })),
}

describe('ten times as many', () => {
  it.each(Object.entries(floods))(
    '%s take memory, detectors and causes at most twelve times the steps',
    async (_, flood) => {
      const told = new Map([200, 2_000].map((size) => [size, eventsOf('acme', tell(flood(size)))]))
      const growth = await growthOf(200, (size) => take(told.get(size) ?? []))
      expect(growth).toBeGreaterThan(5)
      expect(growth).toBeLessThan(12)
    },
  )
})
