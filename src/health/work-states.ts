import type { Append } from '../contract/ports.ts'
import type { WorkState } from '../contract/work.ts'
import { workStateRow } from '../contract/work.ts'

/** So often what has not changed is written once more, ms: its age says whether anybody still works. */
const againMs = 30_000

/**
 * Writes down how work stands when that changes, and now and then while it does not. A write that fails
 * is made up for by the next one.
 */
export function makeWorkStates({ append }: { readonly append: Append }) {
  const kept = new Map<string, { readonly print: string; readonly at: number }>()
  let isWriting = false
  const keep = async (states: readonly WorkState[], now: number): Promise<void> => {
    const due = states.filter((state) => {
      const { print, at } = kept.get(keyOf(state)) ?? { print: '', at: 0 }
      return printOf(state) !== print || now - at >= againMs
    })
    // Where the store is slow the next word of it is as good.
    if (due.length === 0 || isWriting) return
    isWriting = true
    try {
      await append('work_states', due.map(workStateRow))
      for (const each of due) kept.set(keyOf(each), { print: printOf(each), at: now })
    } catch {
      // Made up for in the next round.
    } finally {
      isWriting = false
    }
  }
  return { keep }
}

const keyOf = ({ tenant, work, of }: WorkState): string => [tenant, work, of].join('\u0000')

/** What has to change to be news; that more was dealt with is not, a word of it now and then is enough. */
const printOf = ({ failing, reason, at }: WorkState): string =>
  failing ? `${reason} ${at}` : 'well'
