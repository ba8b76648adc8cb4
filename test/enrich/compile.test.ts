import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { compileNetworks, compilePlaces } from '../../src/enrich/compile.ts'
import { openNetworks } from '../../src/enrich/network.ts'
import { openPlaces } from '../../src/enrich/place.ts'
import type { TableContent } from '../../src/enrich/table.ts'
import { encodeTable, openTable } from '../../src/enrich/table.ts'
import { aFile, anAddress, today } from './fixtures.ts'
import { mmdbFile } from './mmdb-writer.ts'

function aFolder(files: { readonly [name: string]: string | Buffer }): string {
  const folder = mkdtempSync(join(tmpdir(), 'curfew-compile-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
  return folder
}

const tableOf = (content: TableContent) => openTable(aFile('fixture.table', encodeTable(content)))

const place = (city: string, latitude: number) => ({
  country_code: 'PL',
  state1: 'Mazovia',
  city,
  latitude,
  longitude: 21.04,
})

describe('the compiled places', () => {
  const compiled = () => {
    const file = (ipVersion: 4 | 6, networks: Parameters<typeof mmdbFile>[0]['networks']) =>
      mmdbFile({ ipVersion, databaseType: 'city', builtAt: today, networks })
    return compilePlaces(
      aFolder({
        'dbip-city-ipv4.mmdb': file(4, [
          ['203.0.113.0/25', place('Warsaw (Mokotów)', 52.19)],
          ['203.0.113.128/25', place('Warsaw', 52.2)],
          ['198.51.100.0/24', place('Plock', 52.55)],
        ]),
        'dbip-city-ipv6.mmdb': file(6, [
          ['2001:db8:7::/48', place('Warsaw', 52.2)],
          ['2001:db8:8::/65', place('Plock', 52.55)],
          ['2001:db8:8:0:8000::/65', place('Warsaw', 52.2)],
        ]),
      }),
    )
  }

  test('tell city, rounded place and build, for both families', async () => {
    const places = await openPlaces({ table: await tableOf(compiled()), now: today })
    const found = (ip: string) => places.find(anAddress(ip), 'public', 'unknown')
    const warsaw = {
      state: 'hit',
      country: 'PL',
      region: 'Mazovia',
      city: 'Warsaw',
      latitude: 52.2,
      longitude: 21,
      accuracyKm: 50,
      saidBy: 'dbip-city-lite@2026-11-03',
    }
    for (const ip of ['203.0.113.1', '203.0.113.200', '::ffff:203.0.113.1', '2001:db8:7::1']) {
      expect(found(ip), ip).toEqual(warsaw)
    }
    expect(found('198.51.100.9')).toMatchObject({ city: 'Plock', latitude: 52.6 })
    expect(found('2001:db8:8::1')).toMatchObject({ city: 'Plock' })
    for (const ip of ['203.0.112.255', '203.0.114.0', '2001:db8:8:1::', '2001:db8:6:ffff::']) {
      expect(found(ip), ip).toMatchObject({ state: 'miss', saidBy: warsaw.saidBy })
    }
  })

  test('hold one stretch and one record for quarters of one city', () => {
    const { four, records } = compiled()
    expect(records).toHaveLength(2)
    // Before, Plock, between, Warsaw, after.
    expect([...four.values].filter((value) => value !== 0)).toHaveLength(2)
  })
})

describe('the compiled networks', () => {
  const compiled = () =>
    compileNetworks(
      aFolder({
        'package.json': '{ "version": "2.3.2026102907" }',
        'asn-ipv4.csv': [
          '131.111.0.0,131.111.255.255,786,Jisc Services Limited',
          '203.0.113.0,203.0.113.255,64496,"Example ""Sea"", Inc."',
          '198.51.100.0,198.51.100.127,64498,Example Hosting Ltd',
          '198.51.100.128,198.51.100.191,64499,Example Mobile',
          '203.0.113.64,203.0.113.127,20473,"The Constant Company, LLC"',
          '',
        ].join('\n'),
        'asn-ipv6.csv': '2001:db8::,2001:db8:ffff:ffff:ffff:ffff:ffff:ffff,64496,Example\n',
      }),
    )

  test('are of the class that their own name says, where nobody says it better', async () => {
    const networks = await openNetworks({ table: await tableOf(compiled()), now: today })
    const found = (ip: string) => networks.find(anAddress(ip), 'public')
    const saidBy = 'curfew-networks@2+ip-location-db-asn@2026-10-29'
    expect(found('198.51.100.1')).toMatchObject({ asn: 64_498, class: 'hosting', saidBy })
    expect(found('198.51.100.130')).toMatchObject({ asn: 64_499, class: 'mobile', saidBy })
  })

  test('tell number, name, class and build, and a miss where nobody is known', async () => {
    const networks = await openNetworks({ table: await tableOf(compiled()), now: today })
    const found = (ip: string) => networks.find(anAddress(ip), 'public')
    const build = 'ip-location-db-asn@2026-10-29'
    expect(found('131.111.8.42')).toEqual({
      state: 'hit',
      asn: 786,
      name: 'Jisc Services Limited',
      class: 'unknown',
      saidBy: build,
    })
    expect(found('203.0.113.1')).toMatchObject({ asn: 64_496, name: 'Example "Sea", Inc.' })
    expect(found('203.0.113.64')).toMatchObject({
      class: 'hosting',
      name: 'The Constant Company, LLC',
      saidBy: `curfew-networks@2+${build}`,
    })
    expect(found('203.0.113.128')).toMatchObject({ asn: 64_496 })
    expect(found('2001:db8::1')).toMatchObject({ asn: 64_496 })
    expect(found('198.51.100.250')).toMatchObject({ state: 'miss', saidBy: build })
    expect(networks.database).toEqual({ build, date: '2026-10-29', ageDays: 5 })
  })
})
