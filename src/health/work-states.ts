import type { Append } from '../contract/ports.ts'
import type { WorkState } from '../contract/work.ts'
import { workStateRow } from '../contract/work.ts'

/** How often an unchanged state is written again, ms: its age shows whether the process still runs. */
const againMs = 30_000

/**
 * Records the state of repeated work when it changes, and every 30 s while it does not. After a failed
 * write the next one writes everything that is due.
 */
export function makeWorkStates({ append }: { readonly append: Append }) {
  const written = new Map<string, { readonly fingerprint: string; readonly at: number }>()
  let isWriting = false
  const keep = async (states: readonly WorkState[], now: number): Promise<void> => {
    const due = states.filter((state) => {
      const { fingerprint, at } = written.get(keyOf(state)) ?? { fingerprint: '', at: 0 }
      return fingerprintOf(state) !== fingerprint || now - at >= againMs
    })
    // While the store is slow, the next round writes a newer state.
    if (due.length === 0 || isWriting) return
    isWriting = true
    try {
      await append('work_states', due.map(workStateRow))
      for (const each of due)
        written.set(keyOf(each), { fingerprint: fingerprintOf(each), at: now })
    } catch {
      // The next round writes it.
    } finally {
      isWriting = false
    }
  }
  return { keep }
}

const keyOf = ({ tenant, work, of }: WorkState): string => [tenant, work, of].join('\u0000')

/** A change of this is written at once; progress of work that goes well is not. */
const fingerprintOf = ({ failing, reason, at }: WorkState): string =>
  failing ? `${reason} ${at}` : 'ok'
