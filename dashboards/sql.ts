/**
 * SQL that several panels share. Tests enforce for every query: macros are
 * never nested, `DateTime64` columns take the `_ms` macros, string variables are always quoted by
 * Grafana (`:singlequote`), and a time bucket is always called `time`.
 */

/**
 * The instant verdicts are judged at: the end of the shown range, but never later than now, since a
 * range like "today" ends in the future and every open curfew would look unproven there. A view's
 * parameter is handed over as text, so it is turned to UTC first: otherwise a server with another
 * time zone would judge hours off.
 */
export const asOf = "toTimeZone(least($__toTime_ms, now64(3)), 'UTC')"

/** The one definition of "kept", as of the end of the range. */
export const verdicts = `verdicts(as_of = ${asOf})`

/** `column in (…)` for a variable with several values; no condition for "All" or an empty one. */
export function isChosen(column: string, variable: string): string {
  return `$__conditionalAll(${column} in (\${${variable}:singlequote}), $${variable})`
}

/** Tenants and instances as chosen above the panels. */
export const chosenInstances = [isChosen('tenant', 'tenant'), isChosen('instance', 'instance')]

/** Curfews by the instant of their cause, as reports count them; of the selected classes. */
export const chosenCurfews = [
  '$__timeFilter_ms(cause_at)',
  ...chosenInstances,
  isChosen('class', 'class'),
]

/**
 * Eligible: certain to have existed before its cause, and past its deadline. Void pairs
 * are not in the view. Both conditions are needed, since the view and this query may read the
 * clock a millisecond apart.
 */
export const eligible = [
  "certainty = 'certain'",
  "verdict != 'open'",
  'deadline_at < least($__toTime_ms, now64(3))',
]

/** One condition per line, joined by `and`, indented by so many steps of four. */
export function where(conditions: readonly string[], steps = 0): string {
  return `where ${conditions.join(`\n${'    '.repeat(steps + 1)}and `)}`
}

/** A list of words as SQL strings; only for words of our own. */
export function words(list: readonly string[]): string {
  return list.map((word) => `'${word}'`).join(', ')
}
