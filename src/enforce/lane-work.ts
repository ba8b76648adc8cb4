import type { Clock } from '../contract/ports.ts'

/** What a lane does at a time; `name` is served once in a round. */
export interface Task {
  readonly name: string
  readonly work: () => Promise<void>
}

/** What a lane has to do now, most urgent first. */
export interface DueTasks {
  readonly calls: readonly Task[]
  readonly reads: readonly Task[]
  readonly lists: readonly Task[]
}

/** What is due is asked for so often while a round goes on: what becomes due meanwhile joins it, ms. */
const freshMs = 250
/** What one round does at most; the next one follows at once. */
const tasksMax = { calls: 48, reads: 48, lists: 32 } as const
type Kind = keyof DueTasks

/**
 * One round of a lane: so many workers take what is due, calls for the end of sessions first. Of eight
 * one takes lists first and two read back first, so that no kind of work starves. Gives back how many tasks
 * were done; `work` never throws.
 */
export async function workOn(
  dueNow: () => DueTasks,
  { atOnceMax, clock }: { readonly atOnceMax: number; readonly clock: Clock },
): Promise<number> {
  const served = new Set<string>()
  const left: { [Each in Kind]: number } = { ...tasksMax }
  let due: { readonly [Each in Kind]: Task[] } = { calls: [], reads: [], lists: [] }
  let askedAt = Number.NEGATIVE_INFINITY
  let busy = 0
  let finished = Promise.withResolvers<void>()
  const refresh = (): void => {
    if (clock.now() - askedAt < freshMs) return
    askedAt = clock.now()
    const { calls, reads, lists } = dueNow()
    due = { calls: [...calls], reads: [...reads], lists: [...lists] }
  }
  const next = (worker: number): Task | undefined => {
    refresh()
    for (const kind of preferredBy(worker)) {
      for (let task = due[kind].shift(); task && left[kind] > 0; task = due[kind].shift()) {
        if (served.has(task.name)) continue
        left[kind] -= 1
        return task
      }
    }
    return undefined
  }
  const serve = async (worker: number): Promise<void> => {
    for (;;) {
      const task = next(worker)
      if (task) {
        served.add(task.name)
        busy += 1
        await task.work()
        busy -= 1
        finished.resolve()
        finished = Promise.withResolvers()
      } else if (busy === 0) return
      else {
        const over = new AbortController()
        await Promise.race([finished.promise, clock.wait(freshMs, over.signal)])
        over.abort()
      }
    }
  }
  await Promise.all(Array.from({ length: atOnceMax }, (_, worker) => serve(worker)))
  return served.size
}

function preferredBy(worker: number): readonly Kind[] {
  if (worker % 8 === 7) return ['lists', 'calls', 'reads']
  if (worker % 8 >= 5) return ['reads', 'calls', 'lists']
  return ['calls', 'reads', 'lists']
}
