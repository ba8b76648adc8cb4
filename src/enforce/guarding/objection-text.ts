/** Leaves room for the guard and for what may be added to a reason, of 512 characters in all. */
const reasonLengthMax = 400

/**
 * A guard's objection as the reason of an order: in words first, for whoever reads it, and with the id of
 * the guard for whoever looks it up.
 */
export function objectionText(guard: string, reason: string): string {
  return `${reason.slice(0, reasonLengthMax)} (guard ${guard})`
}

/** Ids and names of a provider may stand before it, and more words after it; the last one is ours. */
const mark = /.*\(guard ([a-z-]{1,64})\)(?:$|;)/s

/** The id of the guard whose objection the reason of an order is; undefined where it is none. */
export function guardIn(reason: string): string | undefined {
  return mark.exec(reason)?.[1]
}
