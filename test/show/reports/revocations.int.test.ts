import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Bench } from '../bench.ts'
import { openBench, where } from '../bench.ts'
import { writeTwoCauses } from '../two-causes.ts'
import { hour, minute, second, start, told, write } from '../world.ts'

let bench: Bench

beforeAll(async () => {
  bench = await openBench()
})

afterAll(async () => {
  await bench.close()
})

describe('the revocations report', () => {
  const revoked = (id: string, at: number, more: object = {}) => ({
    tenant: 'revoking',
    instance: 'one',
    session_kind: 'online',
    session_id: id,
    event_id: `revoked-${id}`,
    type: 'session.revoked',
    occurred_at: new Date(at).toISOString(),
    received_at: new Date(at).toISOString(),
    initiator_kind: '',
    initiator_id: '',
    initiator_client: '',
    reason: '',
    ip: '203.0.113.9',
    ...more,
  })
  const ordered = start + 11 * minute
  const order = { orderedAt: ordered, acknowledgedAt: ordered + second }

  /** Who the person is, where they signed in, who asked for the end of the session, and who approved. */
  const addPeople = async () => {
    const session = {
      tenant: 'revoking',
      instance: 'one',
      session_kind: 'online',
      session_id: 'came-back',
    }
    const iso = (at: number) => new Date(at).toISOString()
    await bench.store.append('identities', [
      {
        tenant: 'revoking',
        instance: 'one',
        subject_ref: 'ref-came-back',
        subject_id: 'u-ada',
        email: [iso(start), 'ada@example.com'],
        last_at: iso(start),
      },
    ])
    await bench.store.append('events', [
      {
        ...revoked('came-back', start + minute, { ip: '198.51.100.7' }),
        event_id: 'signed-in-came-back',
        type: 'session.created',
        ip_of: 'subject',
        country: 'SE',
        city: 'Lund',
        browser: 'Firefox',
        os: 'Linux',
      },
    ])
    await bench.store.append('order_steps', [
      {
        ...session,
        order_id: 'order came-back',
        epoch: 0,
        seq: 1,
        state: 'queued',
        at: iso(ordered - minute),
        actor: 'bo',
      },
    ])
  }

  beforeAll(async () => {
    await write(bench.store.append, 'revoking', [
      told({ id: 'echoed', ...order }),
      told({ id: 'unsigned', ...order }),
      told({ id: 'by-another-client', ...order }),
      told({ id: 'no-event', ...order, readBackAt: ordered + minute }),
      told({ id: 'pretender' }),
      told({ id: 'by-user', refusedAt: ordered + hour }),
      told({ id: 'slow-clock', ...order }),
      told({ id: 'vanished', readBackAt: ordered + minute }),
      told({ id: 'found-dead', refusedAt: ordered + minute }),
      told({
        id: 'came-back',
        causedBy: 'me',
        ...order,
        readBackAt: ordered + minute,
        uses: [{ at: ordered - 3 * minute, observer: 'idp' }],
      }),
    ])
    await addPeople()
    await bench.store.append('events', [
      revoked('echoed', ordered + hour, { initiator_client: 'client-curfew' }),
      revoked('unsigned', ordered + 500, { initiator_kind: 'system' }),
      // The provider's clock is 20 s behind ours, or somebody else was there before us.
      revoked('slow-clock', ordered - 20 * second, { initiator_kind: 'system' }),
      revoked('by-another-client', ordered + 500, {
        initiator_kind: 'admin',
        initiator_id: 'admin-1',
        initiator_client: 'console',
      }),
      revoked('pretender', ordered, { initiator_kind: 'curfew' }),
      revoked('came-back', ordered - 8 * minute, { initiator_kind: 'user', ip: '' }),
      revoked('by-user', ordered, { initiator_kind: 'user', initiator_id: 'ada' }),
      revoked('uncondemned', ordered, { reason: 'lost my phone' }),
    ])
  })
  /** What the report says of them all, asked for once. */
  const results = new Map<boolean, ReturnType<Bench['run']>>()
  const resultOf = (names: boolean) => {
    const result = results.get(names) ?? bench.run('revocations', { tenant: 'revoking', names })
    results.set(names, result)
    return result
  }
  const row = async (id: string, { names = true } = {}) =>
    where(await resultOf(names), 'session_id', id)

  it('does not take for ours what only says that it is', async () => {
    expect(await row('pretender')).toMatchObject({ initiator: 'claims_curfew', inferred: 0 })
  })

  it('does not take for ours what another client did while an order was on its way', async () => {
    expect(await row('by-another-client')).toMatchObject({ initiator: 'admin', inferred: 0 })
  })

  it('knows ours by the client id that the provider echoes', async () => {
    expect(await row('echoed')).toMatchObject({ initiator: 'curfew', inferred: 0 })
  })

  it('infers ours, and says so, where the provider echoes nothing', async () => {
    expect(await row('unsigned')).toMatchObject({ initiator: 'curfew', inferred: 1 })
  })

  it('shows an acknowledged order of which no event came, on what evidence there is', async () => {
    expect(await row('no-event')).toMatchObject({ what: 'acknowledged', evidence: 'E1 E2' })
  })

  it('says who ended a session, on what evidence, and how long after its cause', async () => {
    expect(await row('by-user')).toMatchObject({
      initiator: 'user',
      initiator_id: 'ada',
      evidence: 'E3 E4',
      classes: 'credential_reset',
      seconds_after_cause: 60,
    })
  })

  it.each([
    ['vanished', 'gone', 'E2'],
    ['found-dead', 'refused', 'E4'],
  ])(
    'shows of a condemned session that nobody told to have ended (%s) how it is known',
    async (id, what, level) => {
      expect(await row(id)).toMatchObject({
        ...{ what, initiator: 'unknown', evidence: level },
        evidence_ids: expect.stringMatching(new RegExp(`^${level} revoking-${id}-`)),
        at: new Date(ordered + minute).toISOString(),
      })
    },
  )

  it('is narrowed by person, class, verdict and text', async () => {
    const found = async (parameters: object, names = true) =>
      (
        await bench.run('revocations', { tenant: 'revoking', names, parameters: { ...parameters } })
      ).rows.map((each) => each.session_id)
    const kept = await found({ verdict: 'kept', class: 'credential_reset' })
    expect(kept).toContain('vanished')
    expect(kept).not.toContain('uncondemned')
    const ada = { subject_ref: 'ref-came-back', q: 'ada@example.com' }
    expect([await found(ada), await found(ada, false)]).toEqual([['came-back'], []])
  })

  it('names who asked for the end that was ordered, and every other cause beside it', async () => {
    const tenant = 'two-causes'
    await writeTwoCauses(bench.store.append, tenant)
    const { rows } = await bench.run('revocations', { tenant })
    expect(rows).toEqual([
      expect.objectContaining({
        ...{ classes: 'credential_reset operator_order', seconds_after_cause: 541 },
        ...{ asked_class: 'operator_order', asked_by: 'me', asked_because: 'phone lost' },
        other_causes: [`credential_reset (enforce) 2026-11-03 09:02:00.000: secret of ${tenant}`],
        other_askers: ['rotation'],
      }),
    ])
  })

  it('shows revocations that nothing condemned', async () => {
    expect(await row('uncondemned')).toMatchObject({ classes: '', seconds_after_cause: null })
  })

  it('shows whoever may not see names a reference instead, and no address', async () => {
    const hidden = await row('by-user', { names: false })
    expect(hidden).toMatchObject({ initiator_id: 'ref of 3', ip: '' })
  })

  it('has one row for a session that came back to life, with the evidence of its death alone', async () => {
    const found = await resultOf(true)
    const rows = found.rows.filter(({ session_id }) => session_id === 'came-back')
    expect(rows).toHaveLength(1)
    expect(rows[0]).toMatchObject({
      what: 'acknowledged',
      at: new Date(ordered + second).toISOString(),
      evidence: 'E1 E2',
      refuted: 1,
    })
  })

  it('says whose session it was, where its person last signed in, and who asked for its end', async () => {
    expect(await row('came-back')).toMatchObject({
      subject_ref: 'ref-came-back',
      subject: 'ada@example.com',
      ip: '198.51.100.7',
      ip_of: 'subject',
      country: 'SE',
      city: 'Lund',
      browser: 'Firefox',
      os: 'Linux',
      asked_by: 'me',
      asked_because: 'secret of revoking',
      approved_by: 'bo',
    })
    expect(await row('came-back', { names: false })).toMatchObject({
      subject_ref: 'ref-came-back',
      subject: '',
      ip: '',
      asked_by: 'ref of 2',
    })
  })

  it('shows one person with the device and place of that one, where two signed in to a session', async () => {
    const tenant = 'two-people'
    const own = (at: number, more: object) => ({
      ...revoked('shared', at),
      tenant,
      event_id: `e-${at}`,
      ...more,
    })
    const signedIn = (at: number, ref: string, country: string, ip_of: string) =>
      own(at, { type: 'session.created', subject_ref: ref, country, ip_of })
    await bench.store.append('events', [
      signedIn(start, 'ref-zoe', 'FR', 'subject'),
      signedIn(start + second, 'ref-ada', 'SE', 'application'),
      own(start + minute, {}),
    ])
    const at = new Date(start).toISOString()
    await bench.store.append(
      'identities',
      ['ada', 'zoe'].map((name) => ({
        ...{ tenant, instance: 'one', subject_ref: `ref-${name}`, subject_id: name },
        ...{ email: [at, `${name}@example.com`], last_at: at },
      })),
    )
    const { rows } = await bench.run('revocations', { tenant })
    expect(rows).toEqual([
      expect.objectContaining({
        ...{ subject_ref: 'ref-ada', subject: 'ada@example.com' },
        ...{ country: 'SE', ip_of: 'application' },
      }),
    ])
  })

  describe('over a policy that changed how far it believes clocks', () => {
    const changed = start + 48 * hour
    const asked = async (at: number) => {
      const found = await bench.run('revocations', { tenant: 'revoking', at })
      return where(found, 'session_id', 'slow-clock')
    }

    beforeAll(async () => {
      const at = (ms: number) => new Date(ms).toISOString()
      await bench.store.append('timing', [
        { at: at(start - hour), clock_uncertainty_ms: 5_000 },
        { at: at(changed), clock_uncertainty_ms: 30_000 },
      ])
    })

    it('infers ours as far from an order as the policy lets clocks differ', async () => {
      expect(await asked(changed + hour)).toMatchObject({ initiator: 'curfew', inferred: 1 })
    })

    it('judges an earlier instant by the uncertainty of then', async () => {
      expect(await asked(changed - hour)).toMatchObject({ initiator: 'system', inferred: 0 })
    })
  })
})
