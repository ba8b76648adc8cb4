import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defaultPolicy } from '../../src/config/policy.ts'
import type { Curfew } from '../../src/contract/curfew.ts'
import { makeCondemn } from '../../src/impose/condemn.ts'
import { makeImpose } from '../../src/impose/impose.ts'
import { makeRecall } from '../../src/recall/recall.ts'
import { idleMeter } from '../given.ts'
import { batchesOf, histories, tellings } from '../journey/histories.ts'
import { livesIn, pairsOf } from '../journey/oracle.ts'
import { nameOf } from '../journey/play.ts'
import type { Told } from '../journey/world.ts'
import { evening, start, tell } from '../journey/world.ts'
import { eventsOf } from '../recall/judge.ts'

/** Curfews that are imposed inline while a history is told. */
async function imposed(batches: readonly (readonly Told[])[]): Promise<readonly Curfew[]> {
  const recall = makeRecall({
    ask: () => Promise.reject(new Error('memory is whole: nothing is asked')),
    meter: idleMeter,
    grace: { endMs: 35_000, expiryMs: 5_000 },
    subjectsMax: 100,
    sessionsMax: 100,
    storeIsEmpty: true,
    settled: async () => {},
  })
  const condemn = makeCondemn({ policy: defaultPolicy })
  const impose = makeImpose({ condemn, policy: defaultPolicy, now: () => evening })
  const curfews: Curfew[] = []
  for (const batch of batches) {
    const recalled = await recall(eventsOf('acme', batch))
    for (const _ of recalled.inOrder()) {
      // Running through is what makes memory learn.
    }
    curfews.push(...impose(recalled.close().contexts, []).curfews)
  }
  return curfews
}

/** Whether a pair that was imposed still stands once the session's bounds are all known. */
function stands({ sessionKind, sessionId, incarnation, causeAt }: Curfew, told: readonly Told[]) {
  const life = livesIn(told).find(
    (each) =>
      each.kind === sessionKind && each.session === sessionId && each.incarnation === incarnation,
  )
  if (!life) return false
  const at = causeAt - start
  return (
    (life.createdAt === undefined || life.createdAt <= at + 5_000) &&
    (life.endedAt === undefined || life.endedAt >= at)
  )
}

describe('what is imposed inline', () => {
  let [found, all] = [0, 0]

  it('is part of what the sweep finds, in whichever order the facts come', async () => {
    const told = histories.chain((history) =>
      tellings(history.length).map((telling) => ({ told: tell(history), telling })),
    )
    await fc.assert(
      fc.asyncProperty(told, async ({ told, telling }) => {
        const { pairs } = pairsOf('acme', told)
        const expected = new Map(pairs.map((pair) => [nameOf(pair), pair]))
        const inline = await imposed(batchesOf(told, telling))
        for (const curfew of inline.filter((each) => stands(each, told))) {
          const pair = expected.get(`${curfew.curfewId} ${curfew.causeId}`)
          expect(curfew).toMatchObject({ causeAt: pair?.causeAt, deadlineAt: pair?.deadlineAt })
          expect(curfew).toMatchObject({ scopeKind: pair?.scopeKind, class: pair?.class })
          found += 1
        }
        all += pairs.length
      }),
      { numRuns: process.env.CURFEW_SOAK === undefined ? 400 : 20_000 },
    )
  })

  it('is much of it, since sooner is the point of it', () => {
    expect(all).toBeGreaterThan(400)
    expect(found).toBeGreaterThan(all / 4)
  })
})
