import { describe, expect, it } from 'vitest'
import type { SessionEventV1 } from '../../src/contract/session-event-v1.ts'
import { Faults } from '../../src/simulate/idp/faults.ts'
import { openLoopbackIdp } from '../../src/simulate/loopback-idp.ts'
import { demoScale } from '../../src/simulate/options.ts'
import { noNoise } from '../../src/simulate/outbox.ts'
import type { Simulation } from '../../src/simulate/simulate.ts'
import { openSimulation } from '../../src/simulate/simulate.ts'
import { aClock, truthOfKind } from './given.ts'

const token = 'admin'

/** The demo's company at a real provider over HTTP; a minute passes as fast as it can. */
async function atLoopback(action: (world: AtLoopback) => Promise<void>): Promise<void> {
  const clock = aClock()
  const faults = new Faults()
  await using idp = await openLoopbackIdp({ now: clock.now, token, faults, accessTokenMs: 5_000 })
  const ledger: string[] = []
  const events: SessionEventV1[] = []
  const onSend = { now: async () => {} }
  const simulation = openSimulation({
    ...demoScale,
    seed: 'live',
    people: 100,
    noise: noNoise,
    clock,
    until: clock.now() + 60_000,
    idp: { url: idp.url, token },
    sink: {
      send: async (lines) => {
        await onSend.now()
        events.push(...lines.map(({ json }) => JSON.parse(json)))
      },
    },
    ledger: { write: (line) => ledger.push(line) },
  })
  const call = async (method: string, path: string) =>
    (
      await fetch(`${idp.url}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'x-client-id': 'curfew' },
      })
    ).status
  await action({ simulation, ledger, events, faults, call, onSend })
}

interface AtLoopback {
  readonly simulation: Simulation
  readonly ledger: readonly string[]
  readonly events: readonly SessionEventV1[]
  readonly faults: Faults
  /** What else happens whenever the company sends events. */
  readonly onSend: { now: () => Promise<void> }
  readonly call: (method: string, path: string) => Promise<number>
}

describe('the company at a loopback provider', () => {
  it('leaves survivors that are truly alive there until somebody revokes them', () =>
    atLoopback(async ({ simulation, ledger, call }) => {
      const summary = await simulation.run()
      expect(summary.unavailable).toBe(0)
      expect(summary.sessions).toBeGreaterThan(100)

      const alive: string[] = []
      const endsAt = (entry: { notes: { readonly [name: string]: unknown } }) =>
        Date.parse(String(entry.notes.expires_at))
      for (const entry of truthOfKind({ ledger }, 'survivor')) {
        const expired = endsAt(entry) <= summary.endedAt
        const status = await call('GET', `/sessions/${entry.session.id}`)
        expect(status).toBe(expired ? 404 : 200)
        if (!expired) alive.push(entry.session.id)
      }
      expect(alive.length).toBeGreaterThan(3)

      const revoked = alive.slice(0, 2)
      for (const id of revoked) expect(await call('POST', `/sessions/${id}/revoke`)).toBe(200)
      const probe = await simulation.probe()
      expect(probe.refused.map(({ id }) => id).toSorted()).toEqual(revoked.toSorted())
      expect(probe.alive.map(({ id }) => id).toSorted()).toEqual(alive.slice(2).toSorted())
      const refused = truthOfKind({ ledger }, 'refused').map(({ session }) => session.id)
      expect(refused).toEqual(expect.arrayContaining(revoked))
    }))

  it('learns of a death only by being refused, then stops using the session', () =>
    atLoopback(async ({ simulation, ledger, events, call, onSend }) => {
      const revoked = new Set<string>()
      onSend.now = async () => {
        for (const { session, notes } of truthOfKind({ ledger }, 'survivor')) {
          if (notes.variant !== 'active' || revoked.has(session.id)) continue
          revoked.add(session.id)
          await call('POST', `/sessions/${session.id}/revoke`)
        }
      }
      await simulation.run()

      const refusals = truthOfKind({ ledger }, 'refused')
      expect(refusals.length).toBeGreaterThan(2)
      for (const { session, refused_at, event_id } of refusals) {
        const refusal = events.find(({ id }) => id === event_id)
        expect(refusal?.occurred_at).toBe(refused_at)
        expect(refusal?.outcome?.refusal_reason).toBe('session_ended')
        const later = events.filter(
          (event) => event.session?.id === session.id && event.occurred_at > refused_at,
        )
        expect(later).toEqual([])
      }
      const own = events.filter(({ initiator }) => initiator?.client_id === 'curfew')
      expect(own.map(({ type }) => type)).toContain('session.revoked')
    }))

  it('goes on living while the provider fails, and counts what got no answer', () =>
    atLoopback(async ({ simulation, faults, events }) => {
      faults.plan('refresh', { kind: 'status', status: 503 }, 20)
      faults.plan('create_session', { kind: 'reset_after_work' }, 5)
      const summary = await simulation.run()

      expect(summary.unavailable).toBe(25)
      expect(summary.uses).toBeGreaterThan(100)
      const created = events.filter(({ type }) => type === 'session.created')
      expect(created.length).toBe(summary.sessions + 5)
    }))
})
