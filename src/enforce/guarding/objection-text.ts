/** Leaves room for the guard and for what may be added to a reason, of 512 characters in all. */
const reasonLengthMax = 400

/** A guard's objection as the reason of an order: the words first, then the id of the guard. */
export function objectionText(guard: string, reason: string): string {
  return `${reason.slice(0, reasonLengthMax)} (guard ${guard})`
}

/** A provider's text may precede the mark and other text may follow; the last mark is ours. */
const mark = /.*\(guard ([a-z-]{1,64})\)(?:$|;)/s

/** The id of the guard whose objection the reason of an order is; undefined where it is none. */
export function guardIn(reason: string): string | undefined {
  return mark.exec(reason)?.[1]
}
