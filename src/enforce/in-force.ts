import type { Policy } from '../contract/policy.ts'
import type { Append, Ask, Clock } from '../contract/ports.ts'
import { number } from './read-row.ts'

const youngest = `
select argMax(clock_uncertainty_ms, (at, recorded_at)) as uncertainty_ms, count() as changes
from timing`

/**
 * Writes down which clock uncertainty is in force from now on, when it is another than before: the
 * view `verdicts` judges by it, for everybody who asks, and keeps judging older instants by what
 * was in force then.
 *
 * @throws CurfewError STORE_UNREACHABLE, STORE_REFUSED.
 */
export async function declareTiming({
  ask,
  append,
  clock,
  policy,
}: {
  readonly ask: Ask
  readonly append: Append
  readonly clock: Clock
  readonly policy: Policy
}): Promise<void> {
  const { clockUncertaintyMs } = policy.timing
  const row = (await ask(youngest))[0]
  if (row && number(row, 'changes') > 0 && number(row, 'uncertainty_ms') === clockUncertaintyMs) {
    return
  }
  const at = new Date(clock.now()).toISOString()
  await append('timing', [{ at, clock_uncertainty_ms: clockUncertaintyMs }])
}
