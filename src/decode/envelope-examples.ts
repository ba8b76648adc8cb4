/** The event that the examples of envelopes hold. */
export const shown = {
  version: 1,
  id: 'use-7f3a',
  type: 'session.used',
  occurred_at: '2026-11-03T09:12:44.120Z',
  session: { id: 'session_01JBX' },
  outcome: { result: 'accepted' },
}
export const shownText = JSON.stringify(shown)

/** The event behind these bytes. */
export function framed(hex: string): Buffer {
  return Buffer.concat([Buffer.from(hex, 'hex'), Buffer.from(shownText)])
}
