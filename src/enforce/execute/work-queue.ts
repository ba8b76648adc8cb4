import type { Clock } from '../../contract/ports.ts'

/** One task of a channel; each `name` runs once in a round. */
export interface Task {
  readonly name: string
  readonly work: () => Promise<void>
}

/** The due tasks of a channel, most urgent first. */
export interface DueTasks {
  readonly calls: readonly Task[]
  readonly reads: readonly Task[]
  readonly lists: readonly Task[]
}

/** How often due tasks are collected during a round, ms; new ones join it. */
const freshMs = 250
/** What one round does at most; the next one follows at once. */
const tasksMax = { calls: 48, reads: 48, lists: 32 } as const
/** A round with tasks that wait ends after so long, or what they were served with could not be served again, ms. */
const roundMs = 1_000
type Kind = keyof DueTasks

/** Collecting due tasks takes at most this share of the time. */
const pollShareMax = 1 / 10

export interface RoundOptions {
  readonly atOnceMax: number
  readonly clock: Clock
  /** Tasks under way, by name: one that outlasted its round keeps its worker in the next. */
  readonly running: Map<string, RunningTask>
}

export interface RunningTask {
  readonly worker: number
  readonly done: Promise<void>
}

/** Hands out due tasks: each once, and a bounded number of each kind. */
function makeTaskQueue(dueNow: () => DueTasks, { clock, running }: RoundOptions) {
  const served = new Set<string>()
  const left: { [Each in Kind]: number } = { ...tasksMax }
  let due: { readonly [Each in Kind]: Task[] } = { calls: [], reads: [], lists: [] }
  let askAt = Number.NEGATIVE_INFINITY
  let isSpent = false
  const refresh = (): void => {
    const begunAt = clock.now()
    if (begunAt < askAt) return
    const { calls, reads, lists } = dueNow()
    due = { calls: [...calls], reads: [...reads], lists: [...lists] }
    const now = clock.now()
    askAt = now + Math.max(freshMs, (now - begunAt) / pollShareMax)
  }
  const takeOf = (kind: Kind): Task | undefined => {
    while (left[kind] > 0) {
      const task = due[kind].shift()
      if (!task) return undefined
      if (served.has(task.name) || running.has(task.name)) continue
      left[kind] -= 1
      served.add(task.name)
      return task
    }
    // The bound of this kind is used up and more of it is due.
    isSpent ||= due[kind].length > 0
    return undefined
  }
  return {
    next: (worker: number): Task | undefined => {
      refresh()
      for (const kind of preferredBy(worker)) {
        const task = takeOf(kind)
        if (task) return task
      }
      return undefined
    },
    /** Whether more is due than one round may do. */
    isSpent: () => isSpent,
    end: () => {
      isSpent = true
    },
    served: () => served.size,
  }
}

/**
 * Runs one round of a channel: its workers take due tasks, calls first. Of eight workers one
 * prefers lists and two prefer reads, so no kind starves. A round that has reached its bound does
 * not wait for its slowest task, which continues beside the next round. Returns the number of
 * tasks started; `work` never throws.
 */
export async function runRound(dueNow: () => DueTasks, channel: RoundOptions): Promise<number> {
  const { atOnceMax, clock, running } = channel
  const due = makeTaskQueue(dueNow, channel)
  const spent = Promise.withResolvers<void>()
  const begunAt = clock.now()
  let busy = running.size
  let finished = Promise.withResolvers<void>()
  const finish = (): void => {
    busy -= 1
    finished.resolve()
    finished = Promise.withResolvers()
  }
  for (const { done } of running.values()) void done.then(finish)
  const isHeld = (worker: number): boolean =>
    [...running.values()].some((each) => each.worker === worker)
  const serve = async (worker: number): Promise<void> => {
    for (;;) {
      const task = due.isSpent() || isHeld(worker) ? undefined : due.next(worker)
      if (due.isSpent()) spent.resolve()
      if (task) {
        busy += 1
        const done = task.work()
        running.set(task.name, { worker, done })
        await done
        running.delete(task.name)
        finish()
      } else if (due.isSpent() || busy === 0) return
      else {
        if (due.served() > 0 && clock.now() - begunAt >= roundMs) {
          due.end()
          continue
        }
        const over = new AbortController()
        await Promise.race([finished.promise, clock.wait(freshMs, over.signal)])
        over.abort()
      }
    }
  }
  const workers = Promise.all(Array.from({ length: atOnceMax }, (_, worker) => serve(worker)))
  await Promise.race([workers, spent.promise])
  return due.served()
}

function preferredBy(worker: number): readonly Kind[] {
  if (worker % 8 === 7) return ['lists', 'calls', 'reads']
  if (worker % 8 >= 5) return ['reads', 'calls', 'lists']
  return ['calls', 'reads', 'lists']
}
