import type { Append, Ask, Clock } from '../contract/ports.ts'
import type { WorkGap } from '../contract/work.ts'
import { silentMs, throughAll, workGapRow } from '../contract/work.ts'

/** So often a gap that still lasts is written once more, ms. */
const againMs = 30_000
/** Gaps that wait for a store that does not take them; the oldest make room. */
const waitingMax = 10_000

/**
 * Opens the record of when work was not done, and writes down first that no process ran before this one.
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
 * Writes down when work was not done. What the store does not take is kept until it does: while it is
 * away most work fails, and that is what has to be known afterwards.
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
        forgetOldest(writtenAt)
      }
    } catch {
      // Made up for in the next round.
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
  forgetOldest(waiting)
}

function forgetOldest(all: Map<string, unknown>): void {
  const oldest = all.size > waitingMax ? all.keys().next().value : undefined
  if (oldest !== undefined) all.delete(oldest)
}

/**
 * The time before this start in which no process did anything: none where one wrote of its work lately, or
 * none ever did.
 *
 * @throws CurfewError STORE_UNREACHABLE, STORE_REFUSED.
 */
export async function gapBeforeStart(ask: Ask, clock: Clock): Promise<readonly WorkGap[]> {
  // A replay writes one row of another name, and is no process that ran.
  const [row] = await ask(
    `select toUnixTimestamp64Milli(max(recorded_at)) as last_at from work_states where of != '${throughAll.of}'`,
  )
  const [fromAt, untilAt] = [Number(row?.last_at ?? 0), clock.now()]
  if (fromAt <= 0 || untilAt - fromAt < silentMs) return []
  return [{ work: 'process', of: '', tenant: '', reason: 'not_running', fromAt, untilAt }]
}
