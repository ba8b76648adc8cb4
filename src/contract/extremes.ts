/**
 * The least and the greatest of any number of instants or counts; null without any. `Math.min` and
 * `Math.max` take a list as arguments of a call, and V8 refuses calls with some 120,000 of them.
 */
export function leastOf(numbers: readonly number[]): number | null {
  return numbers.length === 0 ? null : numbers.reduce((one, other) => Math.min(one, other))
}

export function greatestOf(numbers: readonly number[]): number | null {
  return numbers.length === 0 ? null : numbers.reduce((one, other) => Math.max(one, other))
}
