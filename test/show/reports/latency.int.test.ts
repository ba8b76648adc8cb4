import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Bench } from '../bench.ts'
import { openBench } from '../bench.ts'
import { judge, quantile } from '../expected.ts'
import { asOf, made } from '../made.ts'
import { hour, second, start, told } from '../world.ts'

let bench: Bench

beforeAll(async () => {
  bench = await openBench()
})

afterAll(async () => {
  await bench.close()
})

describe('the latency report', () => {
  const certain = made.flatMap((of) => {
    const judged = judge(of, asOf)
    return judged?.certainty === 'certain' ? [judged] : []
  })
  const gap = (from: number | null, to: number | null) =>
    from === null || to === null ? null : (to - from) / second
  const measures = {
    cause_to_detected: certain.map((each) => gap(each.of.causeAt, each.of.detectedAt)),
    detected_to_ordered: certain.map((each) => gap(each.of.detectedAt, each.of.orderedAt)),
    cause_to_acknowledged: certain.map((each) => gap(each.of.causeAt, each.acknowledgedAt)),
    cause_to_read_back: certain.map((each) => gap(each.of.causeAt, each.readBackAt)),
    cause_to_end_event: certain.map((each) => gap(each.of.causeAt, each.endedAt)),
    cause_to_first_refused: certain.map((each) => gap(each.of.causeAt, each.refusedAt)),
    cause_to_dead: certain.map((each) => gap(each.of.causeAt, each.deadAt)),
    ordered_to_acknowledged: certain
      .filter((each) => each.of.orderedAt !== null)
      .map((each) => gap(each.of.orderedAt, each.acknowledgedAt)),
    acknowledged_to_read_back: certain
      .filter((each) => each.acknowledgedAt !== null)
      .map((each) => gap(each.acknowledgedAt, each.readBackAt)),
    token_window_left: certain
      .filter((each) => each.acknowledgedAt !== null)
      .map((each) => gap(each.acknowledgedAt, each.of.tokenExpiresAt)),
  }

  it.each(Object.entries(measures))('has the exact quantiles of %s', async (measure, values) => {
    const rows = (await bench.run('latency')).rows.filter((row) => row.cause_class === 'all')
    const seen = values.filter((value) => value !== null)
    expect(rows.find((row) => row.measure === measure)).toMatchObject({
      n: seen.length,
      censored: values.length - seen.length,
      least: quantile(seen, 0),
      p50: quantile(seen, 0.5),
      p95: quantile(seen, 0.95),
      p99: quantile(seen, 0.99),
      most: quantile(seen, 1),
    })
  })

  it('shows negative times as they are', async () => {
    const rows = (await bench.run('latency')).rows
    const window = rows.find(
      (row) => row.cause_class === 'all' && row.measure === 'token_window_left',
    )
    expect(window?.least).toBe(-181.5)
  })

  it('has no quantile, and says how many were not seen, where nothing was observed', async () => {
    const tenant = await bench.aTenantOf([told({ id: 'one' }), told({ id: 'two' })])
    const rows = (await bench.run('latency', { tenant })).rows
    expect(rows.find((row) => row.measure === 'cause_to_first_refused')).toMatchObject({
      n: 0,
      censored: 2,
      p50: null,
      most: null,
    })
  })

  it.each(['idp', 'application'] as const)(
    'counts accepted uses after the cause that the %s saw, and until when',
    async (observer) => {
      const uses = certain.map((each) =>
        each.of.uses.filter((use) => use.observer === observer && use.at > each.of.causeAt),
      )
      const seconds = uses.map((mine, index) =>
        mine.length === 0
          ? 0
          : (Math.max(...mine.map((use) => use.at)) - (certain[index]?.of.causeAt ?? 0)) / second,
      )
      const rows = (await bench.run('latency')).rows.filter((row) => row.cause_class === 'all')
      expect(rows.find((row) => row.measure === `exposure_${observer}`)).toMatchObject({
        n: certain.length,
        accepted_uses: uses.flat().length,
        most: quantile(seconds, 1),
        p95: quantile(seconds, 0.95),
      })
    },
  )

  it('counts replayed history apart where the age of a file would be taken for its own delay', async () => {
    const old = { lane: 'historical', detectedAt: asOf, endedAt: start + hour } as const
    const tenant = await bench.aTenantOf([told({ id: 'live' }), told({ id: 'old', ...old })])
    const { rows } = await bench.run('latency', { tenant })
    const of = (measure: string) => rows.find((row) => row.measure === measure)
    expect(of('cause_to_detected')).toMatchObject({ n: 1, replayed: 1, censored: 0, most: 1 })
    expect(of('cause_to_acknowledged')).toMatchObject({ n: 0, replayed: 1, censored: 1 })
    // What happened at the provider is measured all the same.
    expect(of('cause_to_dead')).toMatchObject({ n: 1, replayed: 0, censored: 1, most: 3_000 })
  })

  it('is empty where no cause was', async () => {
    const result = await bench.run('latency', { tenant: 'nobody' })
    expect(result).toMatchObject({ row_count: 0, summary: { proven_p95_seconds: null } })
  })
})
