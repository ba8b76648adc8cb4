import { expect, test } from 'vitest'
import type { SessionEvent } from '../../src/contract/event.ts'
import { blankEvent } from '../../src/contract/event.ts'
import { countryShown, isLocated } from '../../src/contract/placing.ts'
import { openEnrich } from '../../src/enrich/enrich.ts'
import { idleMeter } from '../given.ts'
import { anMmdb, today } from './fixtures.ts'

const stockholm = { country_code: 'SE', city: 'Stockholm', latitude: 59.3, longitude: 18.1 }
const cityFile = () => anMmdb({ networks: [['0.0.0.0/0', stockholm]] })

async function at(ip: string) {
  await using stage = await openEnrich({ now: () => today, meter: idleMeter, cityFile: cityFile() })
  const event: SessionEvent = { ...blankEvent(), ip, ipOf: 'subject' }
  const [first] = stage.enrich([event])
  if (first === undefined) throw new TypeError('no event came back')
  return first
}

test.each([
  ['relay', '146.75.128.14'],
  ['relay', '172.225.10.1'],
  ['relay', '104.28.30.1'],
  ['gateway', '104.129.194.10'],
  ['gateway', '147.161.166.10'],
  ['tor', '185.220.101.34'],
])('the exit of a %s at %s is no place, no leg of a journey and no country', async (kind, ip) => {
  const seen = await at(ip)
  expect(seen.network.class).toBe(kind)
  expect(seen.place).toMatchObject({ state: 'not_evaluable', country: '', latitude: null })
  expect([isLocated(seen), countryShown(seen)]).toEqual([false, ''])
})

test.each(['107.77.200.1', '80.187.100.1', '109.42.1.1', '106.128.7.1', '223.38.1.1'])(
  'a phone at %s, whose carrier has landlines by the same number, is a country and no leg',
  async (ip) => {
    const seen = await at(ip)
    expect(seen.network.class).toBe('mobile')
    expect([isLocated(seen), countryShown(seen)]).toEqual([false, 'SE'])
  },
)

test('an address that nobody hides behind is a place, a leg and a country', async () => {
  const seen = await at('130.237.1.1')
  expect(seen.place).toMatchObject({ state: 'hit', city: 'Stockholm' })
  expect([isLocated(seen), countryShown(seen)]).toEqual([true, 'SE'])
})
