import { describe, expect, onTestFinished, test } from 'vitest'
import type { SessionEvent } from '../../src/contract/event.ts'
import { blankEvent } from '../../src/contract/event.ts'
import type { Meter } from '../../src/contract/ports.ts'
import type { EnrichPorts } from '../../src/enrich/enrich.ts'
import { openEnrich } from '../../src/enrich/enrich.ts'
import { idleMeter } from '../given.ts'
import { anMmdb, today } from './fixtures.ts'

const browser =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36'

const warsaw = {
  country: 'PL',
  region: 'Mazovia',
  city: 'Warsaw',
  latitude: 52.23,
  longitude: 21.01,
  accuracyKm: 20,
}

function anEvent(more: Partial<SessionEvent> = {}): SessionEvent {
  return { ...blankEvent(), ip: '131.111.8.42', ipOf: 'subject', userAgent: browser, ...more }
}

async function opened(more: Partial<EnrichPorts> = {}) {
  const stage = await openEnrich({ now: () => today, meter: idleMeter, ...more })
  onTestFinished(() => stage[Symbol.asyncDispose]())
  return stage
}

async function enriched(event: SessionEvent, more: Partial<EnrichPorts> = {}) {
  const [first] = (await opened(more)).enrich([event])
  if (first === undefined) throw new TypeError('no event came back')
  return first
}

function countingMeter() {
  const counts = new Map<string, number>()
  const meter: Meter = {
    ...idleMeter,
    count(name, labels = {}, by = 1) {
      const key = [name, ...Object.values(labels)].join(' ')
      counts.set(key, (counts.get(key) ?? 0) + by)
    },
  }
  return { meter, counts }
}

describe('a batch', () => {
  test('comes back whole, in order, each event as it went in', async () => {
    const stage = await opened()
    const events = ['131.111.8.42', '', 'nonsense', '10.0.0.1', '133.11.0.1'].map((ip) =>
      anEvent({ ip }),
    )
    const copies = structuredClone(events)
    const answer = stage.enrich(events)
    expect(answer.map(({ event }) => event)).toEqual(copies)
    for (const [index, event] of events.entries()) expect(answer[index]?.event).toBe(event)
  })

  test('an empty one is an empty one', async () => {
    expect((await opened()).enrich([])).toEqual([])
  })

  test('events from one address share one place, one network and one device', async () => {
    const [first, second] = (await opened()).enrich([anEvent({ id: 'a' }), anEvent({ id: 'b' })])
    expect(first?.place).toBe(second?.place)
    expect(first?.network).toBe(second?.network)
    expect(first?.device).toBe(second?.device)
  })
})

describe('the three states', () => {
  test('a known address hits', async () => {
    expect(await enriched(anEvent())).toMatchObject({
      place: { state: 'hit', country: 'GB', city: 'Cambridge' },
      device: { state: 'hit', browser: 'Chrome', agentClass: 'browser' },
    })
  })

  test('an unlisted address misses', async () => {
    const { place } = await enriched(anEvent({ ip: '2001:67c:1234::1' }))
    expect(place.state).toBe('miss')
  })

  test.each([
    '',
    'unknown',
    '10.0.0.1',
    '100.64.7.7',
    '127.0.0.1',
    'fe80::1',
    'fd00::1',
    '::ffff:192.168.0.1',
    '192.0.2.1',
    '198.51.100.1',
    '203.0.113.1',
    '2001:db8::1',
    '104.28.40.1',
  ])("'%s' is not evaluable and has no coordinates", async (ip) => {
    const { place } = await enriched(anEvent({ ip }))
    expect(place).toMatchObject({ state: 'not_evaluable', latitude: null, longitude: null })
  })

  test('a private address has a private network', async () => {
    const { network } = await enriched(anEvent({ ip: '10.0.0.1' }))
    expect(network).toMatchObject({ state: 'not_evaluable', class: 'private' })
  })
})

describe('facts the event brings along', () => {
  test('its place wins, also on an address that is nowhere, and says so', async () => {
    for (const ip of ['131.111.8.42', '203.0.113.9', '10.0.0.1', '', '104.28.40.1']) {
      const { place } = await enriched(anEvent({ ip, givenPlace: warsaw }))
      expect(place).toEqual({ state: 'hit', ...warsaw, saidBy: 'event' })
    }
  })

  test('its network wins and says so', async () => {
    const givenNetwork = { asn: 64_496, name: 'Example Telecom', class: 'mobile' as const }
    const { network } = await enriched(anEvent({ ip: '45.32.7.7', givenNetwork }))
    expect(network).toEqual({ state: 'hit', ...givenNetwork, saidBy: 'event' })
  })

  test('a class it does not tell is looked up by address, then by number, and says by whom', async () => {
    const unsaid = (asn: number) => ({ asn, name: 'Example', class: '' as const })
    const at = async (ip: string, asn: number) =>
      (await enriched(anEvent({ ip, givenNetwork: unsaid(asn) }))).network
    expect(await at('104.28.40.1', 64_496)).toMatchObject({
      asn: 64_496,
      class: 'relay',
      saidBy: 'event+curfew-networks@2',
    })
    expect(await at('203.0.113.1', 24_940)).toMatchObject({
      class: 'hosting',
      saidBy: 'event+curfew-networks@2',
    })
    expect(await at('10.0.0.1', 24_940)).toMatchObject({ class: 'hosting' })
    expect(await at('203.0.113.1', 64_496)).toMatchObject({ class: 'unknown', saidBy: 'event' })
    expect(await at('10.0.0.1', 0)).toMatchObject({
      state: 'hit',
      class: 'private',
      saidBy: 'event',
    })
  })

  test('a country without coordinates is a hit without coordinates or radius', async () => {
    const givenPlace = { ...warsaw, region: '', city: '', latitude: null, longitude: null }
    const { place } = await enriched(anEvent({ givenPlace }))
    expect(place).toMatchObject({ state: 'hit', country: 'PL', latitude: null, accuracyKm: null })
  })

  test('coordinates of exactly 0,0 are none', async () => {
    const { place } = await enriched(
      anEvent({ givenPlace: { ...warsaw, latitude: 0, longitude: 0 } }),
    )
    expect(place).toMatchObject({ state: 'hit', latitude: null, longitude: null, accuracyKm: null })
  })

  test.each([
    ['stated', {}, 20],
    ['stated for a country alone', { region: '', city: '' }, 20],
    ['unstated in a city', { accuracyKm: null }, 50],
    ['unstated in a region', { accuracyKm: null, city: '' }, 250],
    ['unstated in a country', { accuracyKm: null, city: '', region: '' }, 1000],
  ])('a radius %s is honest', async (_, more, accuracyKm) => {
    const { place } = await enriched(anEvent({ givenPlace: { ...warsaw, ...more } }))
    expect(place.accuracyKm).toBe(accuracyKm)
  })

  test('a place without any content is not evaluable', async () => {
    const nothing = {
      country: '',
      region: '',
      city: '',
      latitude: null,
      longitude: null,
      accuracyKm: null,
    }
    const { place } = await enriched(anEvent({ givenPlace: nothing }))
    expect(place).toMatchObject({ state: 'not_evaluable', saidBy: 'event' })
  })

  test('equal facts from many events are one object, different ones are not', async () => {
    const stage = await opened()
    const from = (city: string, region = 'Mazovia') =>
      anEvent({
        givenPlace: { ...warsaw, city, region },
        givenNetwork: { asn: 64_496, name: city, class: 'fixed' },
      })
    const [first, same, other, shifted] = stage.enrich([
      from('Warsaw'),
      from('Warsaw'),
      from('Gdansk'),
      from('Waw', 'Mazoviarsaw'),
    ])
    expect(same?.place).toBe(first?.place)
    expect(same?.network).toBe(first?.network)
    expect(other?.place).not.toBe(first?.place)
    expect(other?.network).not.toBe(first?.network)
    expect(shifted?.place).toMatchObject({ city: 'Waw', region: 'Mazoviarsaw' })
  })

  test('more different places than are kept are all answered truly', async () => {
    const stage = await opened()
    const events = Array.from({ length: 30_000 }, (_, n) =>
      anEvent({
        givenPlace: {
          ...warsaw,
          latitude: n % 3 === 0 ? null : n % 50,
          city: n % 2 === 0 ? '' : `${(n * 7919) % 15_000}`,
          region: `${n % 40}`,
        },
      }),
    )
    for (const { event, place } of stage.enrich(events)) {
      expect(place.city).toBe(event.givenPlace?.city)
      expect(place.region).toBe(event.givenPlace?.region)
      if (event.givenPlace?.latitude !== 0) expect(place.latitude).toBe(event.givenPlace?.latitude)
    }
  })

  test('texts that run into each other stay different places', async () => {
    const stage = await opened()
    const answer = stage.enrich([
      anEvent({ givenPlace: { ...warsaw, region: 'ab', city: 'c' } }),
      anEvent({ givenPlace: { ...warsaw, region: 'a', city: 'bc' } }),
    ])
    expect(answer.map(({ place }) => [place.region, place.city])).toEqual([
      ['ab', 'c'],
      ['a', 'bc'],
    ])
  })
})

describe('the operator', () => {
  test('sees which builds answer, and reads of old files', async () => {
    const cityFile = anMmdb({
      databaseType: 'City',
      builtAt: Date.parse('2026-01-01T00:00:00Z'),
      networks: [['131.111.0.0/16', { country_code: 'GB' }]],
    })
    const asnFile = anMmdb({
      databaseType: 'ASN',
      networks: [['131.111.0.0/16', { autonomous_system_number: 786 }]],
    })
    const stage = await opened({ cityFile, asnFile })
    expect(stage.databases).toEqual({
      place: { build: 'City@2026-01-01', date: '2026-01-01', ageDays: 306 },
      network: { build: 'ASN@2026-10-31', date: '2026-10-31', ageDays: 3 },
      list: { build: '', date: '', ageDays: null },
    })
    expect(stage.warnings).toEqual([expect.stringContaining('City@2026-01-01')])
    const [only] = stage.enrich([anEvent()])
    expect(only).toMatchObject({
      place: { country: 'GB', saidBy: 'City@2026-01-01' },
      network: { asn: 786, saidBy: 'ASN@2026-10-31' },
    })
  })

  test.each(['cityFile', 'asnFile', 'networksFile'] as const)(
    'is told at the start when the %s cannot be used',
    async (setting) => {
      const ports = { now: () => today, meter: idleMeter, [setting]: '/nowhere/file' }
      await expect(openEnrich(ports)).rejects.toMatchObject({ code: 'ENRICH_DATABASE' })
    },
  )

  test('reads states, cache use and put-off agents from the metrics, once per batch', async () => {
    const { meter, counts } = countingMeter()
    const stage = await opened({ meter, missesPerSecondMax: 1 })
    stage.enrich([anEvent(), anEvent(), anEvent({ ip: '10.0.0.1', userAgent: 'curl/8' })])
    stage.enrich([anEvent({ ip: '', userAgent: '' })])
    expect(Object.fromEntries(counts)).toEqual({
      'curfew_enrich_lookups_total place hit': 2,
      'curfew_enrich_lookups_total place not_evaluable': 2,
      'curfew_enrich_lookups_total network not_evaluable': 4,
      'curfew_enrich_lookups_total device hit': 2,
      'curfew_enrich_lookups_total device miss': 1,
      'curfew_enrich_lookups_total device not_evaluable': 1,
      'curfew_enrich_placings_total places': 2,
      'curfew_enrich_placings_total elsewhere': 1,
      'curfew_enrich_placings_total not_evaluable': 1,
      'curfew_enrich_cache_hits_total address': 1,
      'curfew_enrich_cache_misses_total address': 2,
      'curfew_enrich_cache_hits_total agent': 1,
      'curfew_enrich_cache_misses_total agent': 2,
      curfew_enrich_agents_postponed_total: 1,
    })
  })
})

test('with a tiny cache every answer is the same as with a large one', async () => {
  const events = Array.from({ length: 2000 }, (_, n) =>
    anEvent({ ip: `${1 + ((n * 7919) % 223)}.${n % 50}.0.1`, userAgent: `curl/${n % 300}` }),
  )
  const large = (await opened({ cacheMax: 50_000 })).enrich(events)
  expect((await opened({ cacheMax: 2 })).enrich(events)).toEqual(large)
})
