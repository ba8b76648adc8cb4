import { CurfewError } from './contract/errors.ts'
import type { WorkDone } from './contract/work.ts'
import type { KillSwitch } from './enforce/kill-switch.ts'
import type { Health } from './show/route.ts'
import type { OnStanding } from './source/source.ts'
import type { Store } from './store/store.ts'
import type { Works } from './works.ts'

/** What a source says of itself, as work that is done over and over. */
export function readingOf({ source, isUp, binding }: Parameters<OnStanding>[0]): WorkDone {
  const unread = new CurfewError('SOURCE_UNREACHABLE', 'the source cannot be read', { retry: true })
  return {
    work: 'sources',
    of: source,
    ...(binding && { tenant: binding.tenant }),
    ...(!isUp && { error: unread }),
  }
}

/** Ready while the store answers; a kill switch that is on is degraded and said. */
export function healthOf({
  store,
  killSwitch,
  works,
}: {
  readonly store: Pick<Store, 'ask'>
  readonly killSwitch: Pick<KillSwitch, 'isOn'>
  readonly works: Pick<Works, 'checks'>
}): Health {
  return async () => {
    const stored = await store.ask('select 1 as one').then(
      () => 'ready' as const,
      () => 'down' as const,
    )
    return [
      { name: 'store', state: stored },
      {
        name: 'kill switch',
        state: killSwitch.isOn() ? ('degraded' as const) : ('ready' as const),
        ...(killSwitch.isOn() && { detail: 'it is on: nothing is ended' }),
      },
      ...works.checks(),
    ]
  }
}
