import type { ConnectionsFile } from '../config/connections.ts'
import type { Clock, Meter } from '../contract/ports.ts'
import { makeStanding } from '../health/intake-health.ts'
import { makeStoreWatch, readingOf, underwayOf } from '../health/ready-checks.ts'
import { openWorkGaps } from '../health/work-gaps.ts'
import { makeWorkStates } from '../health/work-states.ts'
import { makeWorks } from '../health/works.ts'
import type { OnReading, OnStanding } from '../source/source.ts'
import type { Store } from '../store/store.ts'
import type { Telling } from './notifications.ts'

/**
 * What hears how all that is done over and over goes, and says so.
 *
 * @throws CurfewError STORE_UNREACHABLE, STORE_REFUSED.
 */
export async function openWatching(
  { connections, clock }: { readonly connections: ConnectionsFile; readonly clock: Clock },
  {
    store,
    telling,
    meter,
  }: { readonly store: Store; readonly telling: Telling; readonly meter: Meter },
) {
  const tenants = connections.instances.map(({ tenant }) => tenant)
  const standing = makeStanding({ tenants, clock, tell: telling.ofIntake })
  const works = makeWorks({
    ...{ tenants, clock, meter, tell: telling.ofFailing },
    ...makeWorkStates(store),
    ...(await openWorkGaps({ ...store, clock })),
  })
  const onStanding: OnStanding = (told) => {
    standing.note(told)
    works.note(readingOf(told))
  }
  const onReading: OnReading = (told) => works.note(underwayOf(told))
  const storeWatch = makeStoreWatch({ ask: store.askHealth, clock })
  return { standing, works, onWork: works.note, storeWatch, onStanding, onReading }
}
