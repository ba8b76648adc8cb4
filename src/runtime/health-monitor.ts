import type { ConnectionsFile } from '../config/connections.ts'
import type { Clock, Meter } from '../contract/ports.ts'
import { makeIntakeHealth } from '../health/intake-health.ts'
import { makeStoreWatch, readingOf, underwayOf } from '../health/ready-checks.ts'
import { openWorkGaps } from '../health/work-gaps.ts'
import { makeWorkStates } from '../health/work-states.ts'
import { makeWorks } from '../health/works.ts'
import type { OnIntakeHealth, OnReading } from '../source/source.ts'
import type { Store } from '../store/store.ts'
import type { Notifications } from './notifications.ts'

/**
 * Opens what records the health of repeated work, sources and the store, and notifies of failures.
 *
 * @throws CurfewError STORE_UNREACHABLE, STORE_REFUSED.
 */
export async function openHealthMonitor(
  { connections, clock }: { readonly connections: ConnectionsFile; readonly clock: Clock },
  {
    store,
    notifications,
    meter,
  }: { readonly store: Store; readonly notifications: Notifications; readonly meter: Meter },
) {
  const tenants = connections.instances.map(({ tenant }) => tenant)
  const intakeHealth = makeIntakeHealth({ tenants, clock, notify: notifications.ofIntake })
  const works = makeWorks({
    ...{ tenants, clock, meter, notify: notifications.ofFailingWork },
    ...makeWorkStates(store),
    ...(await openWorkGaps({ ...store, clock })),
  })
  const onIntakeHealth: OnIntakeHealth = (state) => {
    intakeHealth.note(state)
    works.note(readingOf(state))
  }
  const onReading: OnReading = (reading) => works.note(underwayOf(reading))
  const storeWatch = makeStoreWatch({ ask: store.askHealth, clock })
  return { intakeHealth, works, onWork: works.note, storeWatch, onIntakeHealth, onReading }
}
