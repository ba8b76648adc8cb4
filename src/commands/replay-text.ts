import type { FileProgress } from '../source/sources/file.ts'

/**
 * How far a replay is, in words: lines recorded, how fast, and how long the file will take yet. Speed
 * is counted from the first time that a file is told of: what an earlier run recorded took no time.
 */
export function makeReplayText(): (progress: FileProgress, nowMs: number) => string {
  let first: { readonly file: number; readonly at: number; readonly of: FileProgress } | undefined
  return (progress, nowMs) => {
    const { path, file, files, lines, bytesRead, bytesTotal, done } = progress
    if (first?.file !== file) first = { file, at: nowMs, of: progress }
    const seconds = (nowMs - first.at) / 1_000
    const share = bytesTotal === 0 ? 100 : Math.floor((100 * bytesRead) / bytesTotal)
    const whole = `${path} (${file} of ${files}): ${grouped(lines)} lines recorded, ${share} % of its bytes read`
    if (seconds < 1) return whole
    const perSecond = (lines - first.of.lines) / seconds
    const bytesPerSecond = (bytesRead - first.of.bytesRead) / seconds
    const left = done || bytesPerSecond <= 0 ? 0 : (bytesTotal - bytesRead) / bytesPerSecond
    const words = left === 0 ? '' : `, about ${lengthOf(left)} left`
    return `${whole}, ${grouped(Math.round(perSecond))} lines a second${words}`
  }
}

/** A count that people can read: 1,500,000. */
const grouped = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ',')

function lengthOf(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`
  if (seconds < 5_400) return `${Math.round(seconds / 60)} min`
  return `${Math.round(seconds / 3_600)} h`
}

interface Place {
  readonly tenant: string
  readonly instance: string
}

const namedMax = 20

/**
 * A note where the connections name instances and not this one: a mistyped name would put history where nobody
 * looks for it. Undefined where there is nothing to note.
 */
export function strangerNote(
  { instances }: { readonly instances: readonly Place[] },
  told: Place,
): string | undefined {
  const nameOf = ({ tenant, instance }: Place): string => `${tenant}/${instance}`
  const named = instances.map(nameOf)
  if (named.length === 0 || named.includes(nameOf(told))) return undefined
  const more = named.length > namedMax ? ` and ${named.length - namedMax} more` : ''
  return (
    `the connections name no instance ${nameOf(told)}; these events are recorded under that name. ` +
    `They name ${named.slice(0, namedMax).join(', ')}${more}`
  )
}
