import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { attributionOf, attributions } from '../src/contract/attribution.ts'
import { tablePackages } from '../src/enrich/default-tables.ts'
import { openPlaces } from '../src/enrich/place.ts'

describe('whoever made the data behind places and networks', () => {
  it.each(['NOTICE', 'README.md'])('is named in %s, in the words of --version', (path) => {
    const text = readFileSync(path, 'utf8')
    for (const { text: sentence } of attributions) expect(text).toContain(sentence)
  })

  it('is named for every package that such data comes from', () => {
    const notice = readFileSync('NOTICE', 'utf8')
    for (const name of [...Object.values(tablePackages), 'geoip-lite']) {
      expect(notice).toContain(`package ${name}`)
    }
  })

  it('is found by the build that answers, and nobody is for a file of the operator', async () => {
    const places = await openPlaces({ now: Date.parse('2026-11-03T09:00:00Z') })
    expect(attributionOf([places.database.build])).toEqual([attributions[2].text])
    const builds = ['dbip-city-lite@2026-06-05', 'ip-location-db-asn@2026-06-17']
    expect(attributionOf(builds)).toEqual([attributions[0].text, attributions[1].text])
    expect(attributionOf(['GeoIP2-City@2026-10-31', ''])).toEqual([])
  })
})
