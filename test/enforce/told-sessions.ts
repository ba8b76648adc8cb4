import fc from 'fast-check'

/** When all of it happened, ms since the epoch. */
export const base = Date.parse('2026-11-03T09:00:00.000Z')
export const second = 1_000
export const iso = (at: number) => new Date(at).toISOString()
export const name = { tenant: 'acme', instance: 'idp', session_kind: 'online' }

/** Instants a few seconds apart, so that every order and every closeness to 5 s occurs. */
const instant = fc.integer({ min: 0, max: 30 }).map((step) => base + step * 2 * second)
const instants = (most: number) => fc.uniqueArray(instant, { maxLength: most })

/** What was told of one session, in instants of one minute. */
export const aSession = fc.record({
  creations: instants(3),
  ends: instants(3),
  accepted: instants(3),
  offline: instants(2),
  refusals: instants(2),
  listed: instants(2),
  gone: instants(2),
  subjectGone: instants(1),
  acknowledged: instants(2),
  nothingLeft: instants(2),
  calls: instants(2),
  absent: instants(2),
  readAlive: instants(2),
  ordered: instants(2),
  expires: instants(1),
  causes: fc.array(
    fc.record({
      at: instant,
      class: fc.constantFrom('credential_reset', 'finding'),
      mayAct: fc.boolean(),
      isCopied: fc.boolean(),
    }),
    {
      minLength: 1,
      maxLength: 3,
    },
  ),
})
export type ASession = typeof aSession extends fc.Arbitrary<infer T> ? T : never

/** Its signs, as the model of lives takes them. */
export const signsOf = ({ creations, ends, accepted, listed, readAlive }: ASession) => ({
  creations,
  ends,
  alive: [...accepted, ...listed, ...readAlive],
})

/** Writes a session's facts where the recorder, the lists and the enforcer would. */
export function rowsOf(id: string, told: ASession) {
  let number = 0
  const event = (type: string, at: number, more: object = {}) => {
    number += 1
    return {
      ...name,
      event_id: `${id}-${number}`,
      type,
      occurred_at: iso(at),
      received_at: iso(at),
      session_id: id,
      subject_ref: 'ref-ada',
      outcome: '',
      observer: '',
      refusal_reason: '',
      ...more,
    }
  }
  const evidence =
    (level: string, means = 'read') =>
    (at: number) => ({
      ...{ ...name, session_id: id, incarnation: 0, level, means, at: iso(at) },
      evidence_id: `${id}-${level}-${means}-${at}`,
    })
  const used = (observer: string) => (at: number) =>
    event('session.used', at, { outcome: 'accepted', observer })
  const answered = { outcome: 'accepted', observer: 'idp' }
  return {
    events: [
      ...told.creations.map((at, place) =>
        event('session.created', at, {
          ...answered,
          expires_at: told.expires.map((each) => iso(each + 40 * second))[place] ?? null,
        }),
      ),
      ...told.ends.map((at) => event('session.ended', at, answered)),
      ...told.accepted.map(used('idp')),
      ...told.offline.map(used('application')),
      ...told.refusals.map((at) =>
        event('session.used', at, { outcome: 'refused', refusal_reason: 'session_ended' }),
      ),
    ],
    evidence: [
      ...told.gone.map(evidence('E2')),
      ...told.subjectGone.map(evidence('E2', 'subject_gone')),
      ...told.absent.map(evidence('E2', 'listing')),
      ...told.calls.map(evidence('E0', 'intent')),
      ...told.acknowledged.map(evidence('E1', 'answer')),
      ...told.nothingLeft.map(evidence('E1', 'nothing_left')),
      ...told.readAlive.map(evidence('alive')),
    ],
    order_steps: told.ordered.map((at, place) => ({
      ...{ ...name, session_id: id, incarnation: 0, order_id: `${id}-order`, epoch: 0, seq: place },
      ...{ state: place === 0 ? 'dispatching' : 'contained', reason: `why ${place}`, at: iso(at) },
      also_ends: place === 0 ? [] : ['online other'],
    })),
    listed_sessions: told.listed.map((at) => ({
      ...{ ...name, subject_ref: 'ref-ada', listing_id: 'l', session_id: id },
      listed_at: iso(at),
    })),
  }
}
