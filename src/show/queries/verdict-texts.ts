/** Descriptions of verdicts and outcomes, shown wherever one of them appears. */

/** A verdict: proof against the deadline. */
export const verdictWords = {
  kept: 'proven dead by the deadline',
  broken: 'observed alive at its provider after the deadline',
  open: 'the deadline has not passed',
  unproven:
    'the deadline has passed, and neither death in time nor life after it is proven; counts as a failure',
} as const

/** The outcome of a session, and who ended it; a kept curfew has one of the two `_in_time`. */
export const outcomeWords = {
  contained_in_time: 'ordered and acknowledged by Curfew, proven dead by the deadline',
  contained_late: 'ordered and acknowledged by Curfew, proven dead after the deadline',
  ended_otherwise_in_time: 'proven dead by the deadline without Curfew',
  ended_otherwise_late: 'proven dead after the deadline without Curfew',
  expired: 'no proof of an end, but past its stated expiry; counts as a failure',
  still_alive: 'proven alive after the deadline, and not proven dead since',
  unknown:
    'neither proven dead nor proven alive after the deadline; a failure once that has passed',
} as const

/** The category of a session in the report `coverage`: its outcome, or why it is not eligible. */
export const countedWords = {
  ...outcomeWords,
  open: 'the deadline has not passed; not eligible',
  ambiguous: 'created within clock uncertainty of the cause; not eligible',
  creation_unknown: 'no source reported its creation; not eligible',
} as const

/** `kept: …; broken: …`, for the description of a field. */
export const described = (words: { readonly [word: string]: string }): string =>
  `${Object.entries(words)
    .map(([word, meaning]) => `${word}: ${meaning}`)
    .join('. ')}.`
