import { describe, expect, test } from 'vitest'
import { addressOf, makeKindOf, rangeOf } from '../../src/enrich/address.ts'
import { knownHolders } from '../../src/enrich/known-asns.ts'
import { knownBlocks } from '../../src/enrich/known-blocks.ts'
import type { Networks } from '../../src/enrich/network.ts'
import { openNetworks } from '../../src/enrich/network.ts'
import { aFile, anAddress, anMmdb, daysAgo, today } from './fixtures.ts'

const kindOf = makeKindOf()
function found(networks: Networks, ip: string) {
  const address = anAddress(ip)
  return networks.find(address, kindOf(address))
}

const asnFile = () =>
  anMmdb({
    databaseType: 'Fixture ASN',
    networks: [
      [
        '45.32.0.0/16',
        { autonomous_system_number: 20_473, autonomous_system_organization: 'AS-X' },
      ],
      ['131.111.0.0/16', { autonomous_system_number: 786, autonomous_system_organization: 'Jisc' }],
      ['130.60.0.0/16', { asn: 'AS559', name: 'SWITCH', type: 'education' }],
      ['133.11.0.0/16', { asn: 'AS2501', as_name: 'UTNET', type: 'hosting' }],
      ['2001:630::/32', { autonomous_system_number: 786, autonomous_system_organization: 'Jisc' }],
    ],
  })

describe('without any file', async () => {
  const networks = await openNetworks({ now: today })

  test('a block that a cloud provider publishes is hosting', () => {
    expect(found(networks, '45.32.7.7')).toEqual({
      state: 'hit',
      asn: 20_473,
      name: 'Vultr',
      class: 'hosting',
      saidBy: 'curfew-networks@2',
    })
    expect(found(networks, '2a01:4f8::1')).toMatchObject({ class: 'hosting', name: 'Hetzner' })
  })

  test('the exits of a relay are relay, not hosting', () => {
    expect(found(networks, '104.28.40.1')).toMatchObject({ state: 'hit', class: 'relay' })
    expect(found(networks, '2a02:26f7:b000::1')).toMatchObject({ state: 'hit', class: 'relay' })
  })

  test.each([
    // iCloud Private Relay, as it leaves by Fastly, Akamai and Cloudflare.
    ['relay', ['146.75.128.14', '146.75.188.1', '140.248.8.34', '140.248.44.16']],
    ['relay', ['2a04:4e41:1300:c000::1', '2a04:4e41:76d5::1']],
    ['relay', ['172.225.10.1', '172.224.226.5', '172.226.100.3', '2a02:26f7:e008::1']],
    ['relay', ['104.28.30.1', '104.28.202.185', '2606:54c3:0:1071::1', '2a09:bac3:4e30::1']],
    ['gateway', ['104.129.194.10', '147.161.166.10', '165.225.0.9', '165.225.240.9']],
    ['gateway', ['136.226.50.1', '167.103.8.1', '185.46.212.88', '2a03:eec0:3212::1']],
    ['gateway', ['163.116.135.40', '8.36.116.20', '146.112.200.1', '155.190.10.1', '151.186.1.1']],
    ['gateway', ['208.127.5.1', '134.238.10.1', '130.41.40.1', '199.19.250.7', '151.206.4.4']],
    ['tor', ['185.220.101.34', '23.129.64.130', '171.25.193.77', '109.70.100.1']],
  ])('of class %s are %j', (networkClass, addresses) => {
    for (const ip of addresses) {
      expect(found(networks, ip), ip).toMatchObject({ state: 'hit', class: networkClass })
    }
  })

  test.each(['151.101.1.1', '146.75.2.2', '140.248.130.1', '199.232.1.1'])(
    '%s serves pages and is no exit of a relay',
    (ip) => {
      expect(found(networks, ip).class).not.toBe('relay')
    },
  )

  test('any other public address is not evaluable, for nobody looked', () => {
    expect(found(networks, '131.111.8.42')).toEqual({
      state: 'not_evaluable',
      asn: 0,
      name: '',
      class: 'unknown',
      saidBy: '',
    })
  })

  test.each(['10.0.0.1', '100.64.0.1', '127.0.0.1', '::1', 'fd00::1', '::ffff:192.168.1.1'])(
    '%s is private and not evaluable',
    (ip) => {
      expect(found(networks, ip)).toMatchObject({ state: 'not_evaluable', class: 'private' })
    },
  )

  test.each(['192.0.2.1', '203.0.113.1', '2001:db8::1', '224.0.0.1'])(
    '%s is of no class and not evaluable',
    (ip) => {
      expect(found(networks, ip)).toMatchObject({ state: 'not_evaluable', class: 'unknown' })
    },
  )

  test('there is no database and no list to name', () => {
    expect([networks.database, networks.list]).toEqual([
      { build: '', date: '', ageDays: null },
      { build: '', date: '', ageDays: null },
    ])
  })
})

describe("with the operator's ASN file", () => {
  test('number and name come from it and the class from our table', async () => {
    const networks = await openNetworks({ asnFile: asnFile(), now: today })
    expect(found(networks, '45.32.7.7')).toEqual({
      state: 'hit',
      asn: 20_473,
      name: 'AS-X',
      class: 'hosting',
      saidBy: 'curfew-networks@2+Fixture-ASN@2026-10-31',
    })
  })

  test.each([
    ['131.111.8.42', 786, 'Jisc', 'unknown'],
    ['2001:630:212::1', 786, 'Jisc', 'unknown'],
    ['130.60.1.1', 559, 'SWITCH', 'unknown'],
    ['133.11.0.1', 2501, 'UTNET', 'hosting'],
  ])('%s is AS%i %s of class %s', async (ip, asn, name, networkClass) => {
    const networks = await openNetworks({ asnFile: asnFile(), now: today })
    expect(found(networks, ip)).toEqual({
      state: 'hit',
      asn,
      name,
      class: networkClass,
      saidBy: 'Fixture-ASN@2026-10-31',
    })
  })

  test('an address it does not list is a miss', async () => {
    const networks = await openNetworks({ asnFile: asnFile(), now: today })
    expect(found(networks, '41.231.53.1')).toMatchObject({
      state: 'miss',
      class: 'unknown',
      saidBy: 'Fixture-ASN@2026-10-31',
    })
  })

  test('an old file is warned of and a city file is refused', async () => {
    const row = ['131.111.0.0/16', { autonomous_system_number: 786 }] as const
    const old = anMmdb({ builtAt: daysAgo(100), networks: [row] })
    expect((await openNetworks({ asnFile: old, now: today })).warnings).toEqual([
      expect.stringContaining('100 days ago'),
    ])
    const city = anMmdb({ networks: [['131.111.0.0/16', { country_code: 'GB' }]] })
    await expect(openNetworks({ asnFile: city, now: today })).rejects.toMatchObject({
      code: 'ENRICH_DATABASE',
    })
  })
})

describe("with the operator's list", () => {
  const list = [
    '\uFEFF# our own egress first',
    '45.32.0.0/16,fixed,Branch office, second floor',
    '45.32.8.0/24,VPN,Example VPN',
    '',
    '10.0.0.0/8, fixed ,Head office\r',
    '2001:db8:5::/48,tor',
    '198.51.100.7,mobile,One phone',
    '198.51.100.7,relay,The same one later',
  ].join('\n')

  test.each([
    ['45.32.7.7', 'fixed', 'Branch office, second floor'],
    ['45.32.8.1', 'vpn', 'Example VPN'],
    ['10.3.2.1', 'fixed', 'Head office'],
    ['2001:db8:5::9', 'tor', ''],
    ['198.51.100.7', 'relay', 'The same one later'],
  ])('%s is of the class it says', async (ip, networkClass, name) => {
    const networks = await openNetworks({ networksFile: aFile('networks.csv', list), now: today })
    expect(found(networks, ip)).toMatchObject({
      state: 'hit',
      class: networkClass,
      name,
      saidBy: networks.list.build,
    })
    expect(networks.list.build).toMatch(/^networks-file@\d{4}-\d\d-\d\d\/[0-9a-f]{8}$/)
  })

  test('it wins over our tables and the database, which still tells the number', async () => {
    const networks = await openNetworks({
      asnFile: asnFile(),
      networksFile: aFile('networks.csv', list),
      now: today,
    })
    expect(found(networks, '45.32.7.7')).toEqual({
      state: 'hit',
      asn: 20_473,
      name: 'Branch office, second floor',
      class: 'fixed',
      saidBy: `${networks.list.build}+Fixture-ASN@2026-10-31`,
    })
  })

  test.each([
    ['a bad block', '10.0.0.0/8,fixed,a\n10.0.0/33,fixed,b', 'line 2'],
    ['a class that is none', '10.0.0.0/8,residential,a', 'line 1'],
    ['no class', '10.0.0.0/8', 'line 1'],
  ])('a list with %s is refused with its line', async (_, text, line) => {
    const networksFile = aFile('networks.csv', text)
    const error = await openNetworks({ networksFile, now: today }).catch(
      (thrown: unknown) => thrown,
    )
    expect(error).toMatchObject({ code: 'ENRICH_DATABASE' })
    expect(String(error)).toContain(`${line}: expected CIDR,class,name`)
  })

  test('a list that is not there is refused', async () => {
    await expect(
      openNetworks({ networksFile: '/nowhere/networks.csv', now: today }),
    ).rejects.toMatchObject({ code: 'ENRICH_DATABASE' })
  })

  test('a hundred thousand blocks are read and each is found', async () => {
    const lines = Array.from(
      { length: 100_000 },
      (_, index) => `${11 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}.0/24,vpn,n${index}`,
    )
    const networksFile = aFile('networks.csv', lines.join('\n'))
    const networks = await openNetworks({ networksFile, now: today })
    expect(found(networks, '11.0.0.9')).toMatchObject({ name: 'n0' })
    expect(found(networks, '12.134.159.9')).toMatchObject({ name: 'n99999' })
    expect(found(networks, '12.134.160.9')).toMatchObject({ state: 'not_evaluable' })
  })
})

describe('our own tables', () => {
  test('hold every number once', () => {
    const numbers = Object.values(knownHolders).flatMap((holders) => Object.values(holders).flat())
    expect(new Set(numbers).size).toBe(numbers.length)
  })

  test('hold only blocks that can be read, start at their own first address and are public', () => {
    for (const { blocks } of knownBlocks) {
      for (const text of blocks.split(/\s+/)) {
        const first = addressOf(text.slice(0, text.indexOf('/')))
        expect(rangeOf(text)?.first, text).toBe(first?.value)
        expect(first && kindOf(first), text).toBe('public')
      }
    }
  })

  test('a number alone tells its class', async () => {
    const networks = await openNetworks({ now: today })
    expect(networks.classOf(24_940)).toEqual({ class: 'hosting', saidBy: 'curfew-networks@2' })
    const classes = [14_593, 22_616, 36_183, 21_928, 209_103, 60_729, 7922].map(
      (asn) => networks.classOf(asn).class,
    )
    expect(classes).toEqual(['satellite', 'gateway', 'relay', 'mobile', 'vpn', 'tor', 'fixed'])
    expect(networks.classOf(64_496)).toEqual({ class: 'unknown', saidBy: '' })
  })
})
