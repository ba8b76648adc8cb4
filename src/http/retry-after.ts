const waitMsMax = 15 * 60_000
const httpDate = /^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? [a-z0-9 :-]+$/i

/**
 * Milliseconds that a Retry-After header asks to wait: whole seconds or a date in any of the three
 * forms of HTTP (RFC 9110 sections 10.2.3 and 5.6.7), never more than 15 minutes, 0 for a date that
 * has passed. Undefined when there is no header or it says neither, a negative number included.
 */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  const text = header?.trim() ?? ''
  if (/^\d+$/.test(text)) return Math.min(waitMsMax, Number(text) * 1000)
  // Date.parse alone takes almost anything for a date: '-5' is one to it.
  if (!httpDate.test(text)) return undefined
  // The oldest of the three forms leaves out the zone, which is always GMT.
  const at = Date.parse(/ GMT$/i.test(text) ? text : `${text} GMT`)
  return Number.isNaN(at) ? undefined : Math.min(waitMsMax, Math.max(0, at - now))
}
