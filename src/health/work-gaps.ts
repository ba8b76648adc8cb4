import type { Append, Ask, Clock } from '../contract/ports.ts'
import type { WorkGap } from '../contract/work.ts'
import { silentMs, throughAll, workGapRow } from '../contract/work.ts'

/** How often a gap that still lasts is written again, ms. */
const againMs = 30_000
/** Gaps that wait for the store; beyond this the oldest are dropped. */
const waitingMax = 10_000

/**
 * Opens the record of times in which work was not done. First it records the time in which no process ran.
 *
 * @throws CurfewError STORE_UNREACHABLE, STORE_REFUSED.
 */
export async function openWorkGaps({
  askHealth,
  append,
  clock,
}: {
  readonly askHealth: Ask
  readonly append: Append
  readonly clock: Clock
}) {
  const { keepGaps } = makeWorkGaps({ append })
  await keepGaps(await gapBeforeStart(askHealth, clock), clock.now() + 1)
  return { keepGaps }
}

/**
 * Records times in which work was not done. Gaps that the store refuses are kept and written later:
 * while the store is away most work fails, and reports must show that.
 */
export function makeWorkGaps({ append }: { readonly append: Append }) {
  const waiting = new Map<string, WorkGap>()
  const writtenAt = new Map<string, number>()
  let isWriting = false
  const keepGaps = async (gaps: readonly WorkGap[], now: number): Promise<void> => {
    for (const gap of gaps) add(waiting, gap)
    const isDue = ([key, { untilAt }]: readonly [string, WorkGap]) =>
      untilAt < now || now - (writtenAt.get(key) ?? 0) >= againMs
    const due = [...waiting].filter(isDue)
    if (due.length === 0 || isWriting) return
    isWriting = true
    try {
      const rows = due.map(([, gap]) => workGapRow(gap))
      await append('work_gaps', rows)
      for (const [key, gap] of due) {
        if (waiting.get(key) === gap) waiting.delete(key)
        writtenAt.delete(key)
        writtenAt.set(key, now)
        evictOldest(writtenAt)
      }
    } catch {
      // The next round writes them.
    } finally {
      isWriting = false
    }
  }
  return { keepGaps }
}

function add(waiting: Map<string, WorkGap>, gap: WorkGap): void {
  const key = [gap.tenant, gap.work, gap.of, gap.fromAt].join('\u0000')
  const before = waiting.get(key)
  if (before && before.untilAt > gap.untilAt) return
  waiting.delete(key)
  waiting.set(key, gap)
  evictOldest(waiting)
}

function evictOldest(all: Map<string, unknown>): void {
  const oldest = all.size > waitingMax ? all.keys().next().value : undefined
  if (oldest !== undefined) all.delete(oldest)
}

/**
 * The time before this start in which no process ran. Empty where a process recorded its work within the
 * last seconds, or none ever did.
 *
 * @throws CurfewError STORE_UNREACHABLE, STORE_REFUSED.
 */
export async function gapBeforeStart(ask: Ask, clock: Clock): Promise<readonly WorkGap[]> {
  // A replay writes one row under a key of its own and does not count as a running process.
  const [row] = await ask(
    `select toUnixTimestamp64Milli(max(recorded_at)) as last_at from work_states where of != '${throughAll.of}'`,
  )
  const [fromAt, untilAt] = [Number(row?.last_at ?? 0), clock.now()]
  if (fromAt <= 0 || untilAt - fromAt < silentMs) return []
  return [{ work: 'process', of: '', tenant: '', reason: 'not_running', fromAt, untilAt }]
}
