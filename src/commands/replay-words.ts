import type { FileProgress } from '../source/sources/file.ts'

/**
 * How far a replay is, in words: lines recorded, how fast, and how long the file will take yet. Speed
 * is counted from the first time that a file is told of: what an earlier run recorded took no time.
 */
export function makeReplayWords(): (progress: FileProgress, nowMs: number) => string {
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
