import type { EnrichedEvent, LookupState } from '../contract/enriched-event.ts'
import type { Placing } from '../contract/placing.ts'
import { placingOf, placings } from '../contract/placing.ts'
import type { Meter } from '../contract/ports.ts'
import type { BoundedCache } from '../process/bounded-cache.ts'
import type { Devices } from './device.ts'
import type { Networks } from './network.ts'
import type { Places } from './place.ts'

/** Counts once per batch: states of each look-up, caches, faults. */
export function makeCounts({
  meter,
  addresses,
  devices,
  places,
  networks,
}: {
  readonly meter: Meter
  readonly addresses: BoundedCache<string, unknown>
  readonly devices: Devices
  readonly places: Places
  readonly networks: Networks
}): (batch: readonly EnrichedEvent[]) => void {
  const totals = [
    {
      name: 'curfew_enrich_cache_hits_total',
      labels: { cache: 'address' },
      of: () => addresses.hits,
    },
    {
      name: 'curfew_enrich_cache_misses_total',
      labels: { cache: 'address' },
      of: () => addresses.misses,
    },
    {
      name: 'curfew_enrich_cache_hits_total',
      labels: { cache: 'agent' },
      of: () => devices.cache.hits,
    },
    {
      name: 'curfew_enrich_cache_misses_total',
      labels: { cache: 'agent' },
      of: () => devices.cache.misses,
    },
    { name: 'curfew_enrich_agents_postponed_total', labels: {}, of: devices.postponed },
    { name: 'curfew_enrich_faults_total', labels: { database: 'place' }, of: places.faults },
    { name: 'curfew_enrich_faults_total', labels: { database: 'network' }, of: networks.faults },
  ].map((total) => ({ ...total, told: 0 }))
  return (batch) => {
    for (const about of ['place', 'network', 'device'] as const) countStates(meter, about, batch)
    countPlacings(meter, batch)
    for (const total of totals) {
      const reached = total.of()
      if (reached > total.told) meter.count(total.name, total.labels, reached - total.told)
      total.told = reached
    }
  }
}

function countStates(
  meter: Meter,
  about: 'place' | 'network' | 'device',
  batch: readonly EnrichedEvent[],
): void {
  const counts: { [State in LookupState]: number } = { hit: 0, miss: 0, not_evaluable: 0 }
  for (const event of batch) counts[event[about].state]++
  for (const state of ['hit', 'miss', 'not_evaluable'] as const) {
    if (counts[state] > 0)
      meter.count('curfew_enrich_lookups_total', { about, state }, counts[state])
  }
}

/** How many events say where their subject is: the others are judged by no rule about places. */
function countPlacings(meter: Meter, batch: readonly EnrichedEvent[]): void {
  const counts: { [Each in Placing]: number } = { places: 0, elsewhere: 0, not_evaluable: 0 }
  for (const event of batch) counts[placingOf(event)]++
  for (const placing of placings) {
    if (counts[placing] > 0)
      meter.count('curfew_enrich_placings_total', { placing }, counts[placing])
  }
}
