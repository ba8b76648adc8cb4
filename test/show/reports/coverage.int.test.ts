import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { throughAll } from '../../../src/contract/work.ts'
import type { Bench } from '../bench.ts'
import { openBench, where } from '../bench.ts'
import { coverageOf } from '../expected.ts'
import { anyTold, asOf, made } from '../made.ts'
import { hour, minute, start, told, write } from '../world.ts'

let bench: Bench

beforeAll(async () => {
  bench = await openBench()
})

afterAll(async () => {
  await bench.close()
})

describe('the coverage report', () => {
  it('has no data, and neither 0 % nor 100 %, where nothing had to die', async () => {
    const result = await bench.run('coverage', { tenant: 'nobody' })
    expect(result.rows).toHaveLength(1)
    expect(result.rows[0]).toMatchObject({ cause_class: 'all', eligible: 0, coverage: null })
  })

  it.each([asOf, start + 12 * minute, start + 15 * minute, start + 16 * minute, asOf - minute])(
    'says of each class what the facts say, as of %i',
    async (at) => {
      const result = await bench.run('coverage', { at })
      for (const [cause, figures] of coverageOf(made, at)) {
        const row = where(result, 'cause_class', cause)
        // A class whose causes are all still to come is no row at all.
        if (cause === 'all' || row !== undefined) expect(row).toMatchObject(withoutCauses(figures))
      }
    },
  )

  it('says what the facts say of any world, in any order and with every row twice', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(...Array.from({ length: 60 }, (_, index) => anyTold(`s${index}`))),
        async (world) => {
          const tenant = await bench.aTenantOf([...world].reverse())
          await write(bench.store.append, tenant, world)
          const result = await bench.run('coverage', { tenant })
          for (const [cause, figures] of coverageOf(world, asOf)) {
            expect(where(result, 'cause_class', cause)).toMatchObject(figures)
          }
        },
      ),
      { numRuns: 4, endOnFailure: true },
    )
  })

  it('counts a session with two curfews once overall, by the worse', async () => {
    const twice = told({ id: 'twice', readBackAt: start + 12 * minute })
    const strict = { ...twice, class: 'grant_revoked' as const, deadlineAt: start + 11 * minute }
    const tenant = await bench.aTenantOf([twice])
    await write(bench.store.append, tenant, [strict])
    // One curfew id per class: the second class is a curfew of its own on the same session.
    await bench.store.append('curfews', [
      {
        tenant,
        instance: 'one',
        curfew_id: 'second',
        session_kind: 'online',
        session_id: 'twice',
        incarnation: 0,
        class: 'grant_revoked',
        cause_id: 'other',
        cause_at: new Date(strict.causeAt).toISOString(),
        deadline_at: new Date(strict.deadlineAt).toISOString(),
        detected_at: new Date(strict.detectedAt).toISOString(),
        mode: 'enforce',
        subject_ref: strict.subject,
      },
    ])
    const all = where(await bench.run('coverage', { tenant }), 'cause_class', 'all')
    expect(all).toMatchObject({ eligible: 1, ended_otherwise_late: 1, coverage: 0 })
  })

  it('says "events only" of a population that nobody listed after the cause', async () => {
    const tenant = await bench.aTenantOf([told({ id: 'one', listed: false })])
    const all = where(await bench.run('coverage', { tenant }), 'cause_class', 'all')
    expect(all).toMatchObject({ population: 'events only', no_list: 1 })
  })

  it('tells sessions of instances without any list from those only not listed yet', async () => {
    const all = where(await bench.run('coverage'), 'cause_class', 'all')
    expect(all).toMatchObject({ events_only: 1, no_list: 1, population: 'partly listed' })
  })

  it('tells causes that condemned nobody from those that could reach nobody', async () => {
    const tenant = 'nobody-condemned'
    const at = new Date(start).toISOString()
    const named = { scope_kind: '', scope_id: '', subject_ref: '' }
    const own = { tenant, instance: 'one', class: 'access_reduced' }
    const cause = { ...own, ...named, at, received_at: at }
    await bench.store.append('causes', [
      { ...cause, cause_id: 'k1', scope_kind: 'subject', subject_ref: 'ref' },
      { ...cause, cause_id: 'k2', scope_kind: 'session' },
      { ...cause, cause_id: 'k3', scope_kind: 'device', scope_id: 'd1' },
      { ...cause, cause_id: 'k4', scope_kind: 'grant', scope_id: 'g1' },
    ])
    const edge = { tenant, instance: 'one', edge: 'grant', value: 'g2', first_seen_at: at }
    await bench.store.append('session_edges', [{ ...edge, session_kind: 'agent', session_id: 's' }])
    const row = where(await bench.run('coverage', { tenant }), 'cause_class', 'access_reduced')
    expect(row).toMatchObject({
      causes: 4,
      causes_without_sessions: 2,
      causes_reaching_nobody: 2,
      coverage: null,
    })
  })
})

describe('what a report may lack', () => {
  const at = (ms: number) => new Date(ms).toISOString()
  const lacksOf = async (tenant: string) =>
    (await bench.run('coverage', { tenant })).incomplete.map(({ what, instance, count }) =>
      [what, instance, count].join(' '),
    )

  it('is known from the store alone: causes that nobody applied, and work that fails', async () => {
    const tenant = await bench.aTenantOf([told({ id: 'a' })])
    const cause = { tenant, instance: 'one', class: 'credential_reset', cause_id: 'late' }
    const row = { ...cause, at: at(start), received_at: at(start), scope_kind: 'subject' }
    const through = { ...throughAll, failing: false, reason: '' }
    const list = {
      tenant,
      work: 'lists',
      of: 'one',
      failing: true,
      reason: 'failed',
      at: at(start),
    }
    await bench.store.append('causes', [{ ...row, recorded_at: at(start + hour) }])
    const minutes = (count: number) => at(start + hour + count * minute)
    await bench.store.append('work_states', [
      { ...through, at: minutes(-1), recorded_at: minutes(30) },
      { ...list, recorded_at: minutes(29) },
      { ...list, of: 'taken-away', recorded_at: minutes(0) },
    ])
    // Nobody wrote of any work until the instant that is asked about: no Curfew ran then.
    const silence = 'work_failed  1'
    expect(await lacksOf(tenant)).toEqual([silence, 'work_failing  0', 'causes_not_applied one 1'])
    await bench.store.append('work_states', [
      { ...through, at: minutes(1), recorded_at: minutes(31) },
      { ...list, failing: false, recorded_at: minutes(31) },
    ])
    expect(await lacksOf(tenant)).toEqual([silence])
    const gap = { tenant, work: 'sources', of: 'feed:one', reason: 'no_answer' }
    await bench.store.append('work_gaps', [
      { ...gap, from_at: minutes(2), until_at: minutes(3) },
      { ...gap, from_at: minutes(2), until_at: minutes(4) },
      { ...gap, from_at: minutes(9), until_at: minutes(11) },
      { ...gap, from_at: at(0), until_at: at(minute) },
    ])
    const { incomplete } = await bench.run('coverage', { tenant })
    expect(incomplete).toMatchObject([
      { what: 'work_failed', since: minutes(31), count: 1 },
      { what: 'work_failed', since: minutes(2), count: 2 },
    ])
    expect(incomplete[0]?.words).toContain('Curfew did not run from')
    expect(incomplete[1]?.words).toContain(
      `sources of feed:one failed 2 times between ${minutes(2)}`,
    )
  })

  it('leaves out the name of a source that serves several tenants', async () => {
    const tenant = await bench.aTenantOf([told({ id: 'c' })])
    const source = { work: 'sources', of: 'kafka:rival', failing: true, reason: 'failed' }
    await bench.store.append('work_states', [
      { ...source, tenant: '', at: at(start), recorded_at: at(start + 2 * hour) },
    ])
    const { incomplete } = await bench.run('coverage', { tenant })
    const words = `sources failing since ${at(start)}: failed`
    expect(incomplete.map((lack) => lack.words)).toEqual([words])
    await bench.store.append('work_states', [
      { ...source, tenant: '', failing: false, at: at(start), recorded_at: at(start + 3 * hour) },
    ])
  })

  it('is a list that was not complete since the last cause, and what the provider left out', async () => {
    const tenant = await bench.aTenantOf([told({ id: 'b', listed: false })])
    const unread = { tenant, instance: 'one', source: 'feed:one', format: 'keycloak', lack: 'x' }
    await bench.store.append('unread', [
      { ...unread, why: 'incomplete', name: 'n', hour: at(start), messages: 3, last_at: at(start) },
    ])
    expect(await lacksOf(tenant)).toEqual(['left_out_by_provider one 3', 'no_complete_list one 1'])
  })
})

function withoutCauses(figures: object): object {
  return Object.fromEntries(Object.entries(figures).filter(([name]) => name !== 'causes'))
}
