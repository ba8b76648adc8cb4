import { describe, expect, it } from 'vitest'
import type { Detector } from '../../src/detect/detector.ts'
import { loadCatalog } from '../../src/process/catalog.ts'
import { happen, play } from './play.ts'

const detectors = await loadCatalog<Detector>('src/detect/detectors', 'detector')

describe.each(detectors.map((detector) => [detector.id, detector] as const))(
  '%s',
  (_, detector) => {
    it('shows at least one thing it finds and one it lets pass', () => {
      const finds = detector.examples.filter((example) => example.finds.length > 0)
      expect(finds.length).toBeGreaterThan(0)
      expect(finds.length).toBeLessThan(detector.examples.length)
    })

    it.each(detector.examples.map((example) => [example.name, example] as const))(
      '%s',
      async (_name, example) => {
        const last = new Map<string, boolean>()
        const watched: Detector = {
          ...detector,
          inspect: (context, policy) => {
            const sights = detector.inspect(context, policy)
            for (const sight of sights) last.set(sight.about.join(' '), sight.standing)
            return sights
          },
        }
        const standing = await play([watched], [example.history.map(happen)])
        const abouts = [...last].filter(([, stands]) => stands).map(([about]) => about)
        expect(abouts.sort()).toEqual([...example.finds].sort())
        expect(standing).toHaveLength(example.finds.length)
      },
    )
  },
)

it('the catalogue holds the detectors this version speaks of', () => {
  expect(detectors.map((detector) => detector.id)).toEqual([
    'impossible-travel',
    'new-country',
    'used-after-expiry',
    'used-after-revoked',
  ])
})
