import { describe, expect, test } from 'vitest'
import type { Places } from '../../src/enrich/place.ts'
import { openPlaces } from '../../src/enrich/place.ts'
import { aFile, anAddress, anMmdb, daysAgo, today } from './fixtures.ts'
import { mmdbFile } from './mmdb-writer.ts'

const found = (places: Places, ip: string) => places.find(anAddress(ip), 'public', 'unknown')

const nested = {
  country: { iso_code: 'PL', names: { en: 'Poland' } },
  subdivisions: [{ iso_code: '14', names: { en: 'Mazovia' } }],
  city: { names: { en: 'Warsaw' } },
  location: { latitude: 52.25, longitude: 21.5, accuracy_radius: 20 },
}
const flat = {
  country_code: 'PL',
  state1: 'Mazovia',
  city: 'Warsaw',
  latitude: 52.25,
  longitude: 21.5,
}
const flatText = { country: 'PL', region: 'Mazovia', city: 'Warsaw', lat: '52.25', lng: '21.5' }

describe('the bundled data', async () => {
  const places = await openPlaces({ now: today })

  test.each([
    ['128.112.136.1', 'US', 'NJ', 'Princeton'],
    ['131.111.8.42', 'GB', 'ENG', 'Cambridge'],
    ['133.11.0.1', 'JP', '13', 'Bunkyo-ku'],
    ['130.60.1.1', 'CH', 'ZH', 'Zurich'],
    ['2001:630:212::1', 'GB', 'ENG', 'Cambridge'],
  ])('knows the university at %s', (ip, country, region, city) => {
    expect(found(places, ip)).toMatchObject({ state: 'hit', country, region, city })
  })

  test('a city comes with coordinates and a radius that allows for the age of the data', () => {
    const { latitude, longitude, accuracyKm } = found(places, '131.111.8.42')
    expect(latitude).toBeCloseTo(52.2, 1)
    expect(longitude).toBeCloseTo(0.1, 1)
    expect(accuracyKm).toBe(50)
  })

  test('a country alone has the reach of the country, whatever radius the data claims', () => {
    const wide = found(places, '8.8.8.8')
    expect(wide).toMatchObject({ state: 'hit', country: 'US', city: '', accuracyKm: 4500 })
    expect(found(places, '86.54.11.1')).toMatchObject({ country: 'GB', city: '', accuracyKm: 1000 })
  })

  test.each(['::ffff:131.111.8.42', '::ffff:836f:082a', '::FFFF:836F:82A'])(
    'IPv4 in IPv6 as %s is the same place as the IPv4 address',
    (ip) => {
      expect(found(places, ip)).toEqual(found(places, '131.111.8.42'))
    },
  )

  test('an address nobody lists is a miss, which says who missed it', () => {
    expect(found(places, '2001:67c:1234::1')).toEqual({
      state: 'miss',
      country: '',
      region: '',
      city: '',
      latitude: null,
      longitude: null,
      accuracyKm: null,
      saidBy: 'geoip-lite@2.0.3/2019-08-28',
    })
  })

  test('tells its build and its true age, and does not warn of what everybody has', () => {
    expect(places.database).toEqual({
      build: 'geoip-lite@2.0.3/2019-08-28',
      date: '2019-08-28',
      ageDays: 2624,
    })
    expect(places.warnings).toEqual([])
  })

  test.each(['private', 'documentation', 'reserved'] as const)(
    'a %s address is not evaluable',
    (kind) => {
      const place = places.find(anAddress('131.111.8.42'), kind, 'unknown')
      expect(place).toMatchObject({
        state: 'not_evaluable',
        country: '',
        latitude: null,
        saidBy: '',
      })
    },
  )

  test.each(['relay', 'gateway', 'vpn', 'tor'] as const)(
    'the exit of a %s places nobody',
    (network) => {
      const place = places.find(anAddress('131.111.8.42'), 'public', network)
      expect(place).toMatchObject({
        state: 'not_evaluable',
        country: '',
        latitude: null,
        saidBy: '',
      })
    },
  )

  test.each(['mobile', 'satellite'] as const)(
    'on a %s network only the country can be relied on, and the radius says so',
    (network) => {
      const place = places.find(anAddress('133.11.0.1'), 'public', network)
      expect(place).toMatchObject({ state: 'hit', city: 'Bunkyo-ku', accuracyKm: 1500 })
    },
  )
})

describe("the operator's city file", () => {
  test.each([
    ['nested as MaxMind writes it', nested, '14', 20],
    ['flat as ip-location-db writes it', flat, 'Mazovia', 50],
    ['flat with numbers as text as IPinfo writes it', flatText, 'Mazovia', 50],
    ['flat with a stated radius', { ...flatText, radius: '5' }, 'Mazovia', 5],
    [
      'flat with the country spelled out',
      { ...flatText, country: 'Poland', country_code: 'PL' },
      'Mazovia',
      50,
    ],
  ])('is read %s', async (_, record, region, accuracyKm) => {
    const cityFile = anMmdb({
      databaseType: 'Fixture City',
      networks: [
        ['203.0.113.0/24', record],
        ['2001:db8:7::/48', record],
      ],
    })
    const places = await openPlaces({ cityFile, now: today })
    const expected = {
      state: 'hit',
      country: 'PL',
      region,
      city: 'Warsaw',
      latitude: 52.25,
      longitude: 21.5,
      accuracyKm,
      saidBy: 'Fixture-City@2026-10-31',
    }
    expect(found(places, '203.0.113.77')).toEqual(expected)
    expect(found(places, '2001:db8:7::1')).toEqual(expected)
    expect(found(places, '198.51.100.1')).toMatchObject({ state: 'miss', saidBy: expected.saidBy })
  })

  test.each([
    ['no coordinates', { country_code: 'PL' }],
    ['coordinates of exactly zero', { country_code: 'PL', latitude: 0, longitude: 0 }],
    ['coordinates outside the world', { country_code: 'PL', latitude: 91, longitude: 10 }],
    ['half of the coordinates', { country_code: 'PL', latitude: 52.5 }],
    ['empty coordinates', { country: 'PL', lat: '', lng: '' }],
  ])('with %s still tells the country, and nothing more', async (_, record) => {
    const cityFile = anMmdb({ networks: [['203.0.113.0/24', record]] })
    const place = found(await openPlaces({ cityFile, now: today }), '203.0.113.1')
    expect(place).toMatchObject({
      state: 'hit',
      country: 'PL',
      latitude: null,
      longitude: null,
      accuracyKm: null,
    })
  })

  test('may come as two files, of which each answers for its own family under its own build', async () => {
    const four = anMmdb({
      ipVersion: 4,
      databaseType: 'four',
      networks: [
        ['203.0.113.0/24', flat],
        // The first 32 bits of 2001:db8::, which an IPv4 tree would take for an answer.
        ['32.1.13.184/32', { ...flat, city: 'Nowhere' }],
      ],
    })
    const six = anMmdb({
      databaseType: 'six',
      builtAt: daysAgo(9),
      networks: [['2001:db8::/32', { ...flat, city: 'Gdansk' }]],
    })
    const places = await openPlaces({ cityFile: `${four}, ${six}`, now: today })
    expect(found(places, '203.0.113.1')).toMatchObject({
      city: 'Warsaw',
      saidBy: 'four@2026-10-31',
    })
    expect(found(places, '2001:db8::1')).toMatchObject({ city: 'Gdansk', saidBy: 'six@2026-10-25' })
    expect(places.database).toEqual({
      build: 'four@2026-10-31+six@2026-10-25',
      date: '2026-10-25',
      ageDays: 9,
    })
  })

  test.each([
    [45, 0],
    [46, 1],
  ])('built %i days ago gives %i warnings', async (days, warnings) => {
    const cityFile = anMmdb({ builtAt: daysAgo(days), networks: [['203.0.113.0/24', flat]] })
    const places = await openPlaces({ cityFile, now: today })
    expect(places.warnings).toHaveLength(warnings)
    expect(places.database.ageDays).toBe(days)
    for (const warning of places.warnings) expect(warning).toContain('46 days ago')
  })

  test('a damaged page makes its addresses a miss and is counted, the others still answer', async () => {
    const networks = [
      ['192.0.2.0/24', flat],
      ['203.0.113.0/24', { ...flat, city: 'Torn' }],
    ] as const
    const whole = mmdbFile({ ipVersion: 4, databaseType: 'x', builtAt: today, networks })
    // 0x1f is no length that fits: decoding the name runs past the end of the file.
    const torn = whole.indexOf('Torn') - 1
    whole.fill(0xff, torn, torn + 5)
    const places = await openPlaces({ cityFile: aFile('torn.mmdb', whole), now: today })
    expect(places.faults()).toBe(0)
    expect(found(places, '203.0.113.1').state).toBe('miss')
    expect(places.faults()).toBe(1)
    expect(found(places, '192.0.2.1').city).toBe('Warsaw')
  })
})

describe('opening refuses', () => {
  const failure = (cityFile: string) =>
    openPlaces({ cityFile, now: today }).then(
      () => undefined,
      (error: unknown) => error,
    )

  test('a file that is not there, naming it and what to do', async () => {
    const error = await failure('/nowhere/city.mmdb')
    expect(error).toMatchObject({ code: 'ENRICH_DATABASE', retry: false })
    expect(String(error)).toMatch(
      /\/nowhere\/city\.mmdb: expected a MaxMind DB .*ENOENT.*Give the path/,
    )
  })

  test('a file that is no database', async () => {
    expect(await failure(aFile('city.mmdb', 'country,city\nPL,Warsaw\n'))).toMatchObject({
      code: 'ENRICH_DATABASE',
    })
  })

  test('an empty file', async () => {
    expect(await failure(aFile('city.mmdb', ''))).toMatchObject({ code: 'ENRICH_DATABASE' })
  })

  test('a file that was cut off', async () => {
    const whole = mmdbFile({
      ipVersion: 6,
      databaseType: 'x',
      builtAt: today,
      networks: [['203.0.113.0/24', flat]],
    })
    const cut = aFile('city.mmdb', whole.subarray(0, whole.length - 60))
    expect(await failure(cut)).toMatchObject({ code: 'ENRICH_DATABASE' })
  })

  test.each([
    ['an unknown family of addresses', 'ip_version', 5],
    ['no nodes', 'node_count', 0],
  ])('a file that declares %s', async (_, field, value) => {
    const whole = mmdbFile({
      ipVersion: 6,
      databaseType: 'x',
      builtAt: today,
      networks: [['203.0.113.0/24', flat]],
    })
    // After the name of the field comes the control byte of its 32-bit number.
    whole.writeUInt32BE(value, whole.indexOf(field) + field.length + 1)
    expect(await failure(aFile('city.mmdb', whole))).toMatchObject({ code: 'ENRICH_DATABASE' })
  })

  test('an ASN file handed in as the city file, naming the fields it found', async () => {
    const asnFile = anMmdb({
      networks: [['203.0.113.0/24', { autonomous_system_number: 64_496 }]],
    })
    const error = await failure(asnFile)
    expect(error).toMatchObject({ code: 'ENRICH_DATABASE' })
    expect(String(error)).toContain('autonomous_system_number')
  })

  test('a second file that is broken, although the first is whole', async () => {
    const good = anMmdb({ networks: [['203.0.113.0/24', flat]] })
    expect(await failure(`${good},/nowhere/city6.mmdb`)).toMatchObject({ code: 'ENRICH_DATABASE' })
  })
})
