import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Choice } from './reckon.ts'
import { bucket, countBy, groupBy, inPlace } from './reckon.ts'
import type { FindingVersion } from './side-world.ts'
import type { Stand } from './stand.ts'
import { at, month, openStand, queryAt, situationOf, world, worldEnd } from './stand.ts'

const hour = 3_600_000

let stand: Stand
beforeAll(async () => {
  stand = await openStand()
})
afterAll(() => stand.close())

const panel = (id: number, choice: Choice, more = {}) =>
  stand.run(queryAt(`curfew-findings/${id}`), situationOf(choice, hour, more))

/** The latest version of each finding of the range that is shown to somebody. */
function latest(choice: Choice): readonly FindingVersion[] {
  const findings = groupBy(inPlace(world.findings, choice), (row) => row.finding_id)
  return [...findings.values()]
    .flatMap((versions) => [...versions].sort((a, b) => b.version - a.version).slice(0, 1))
    .filter(({ mode }) => mode !== 'shadow' && mode !== 'off')
    .filter((row) => at(row.at) >= choice.fromMs && at(row.at) <= choice.toMs)
}

const choices: readonly (readonly [string, Choice])[] = [
  ['everything', month],
  ['one tenant', { ...month, tenant: ['acme'] }],
  ['a tenant with a quote', { ...month, tenant: ["o'brien"], instance: ['main'] }],
  ['some hours', { ...month, fromMs: worldEnd - 13 * hour, toMs: worldEnd - 5 * hour }],
  ['a tenant that is not there', { ...month, tenant: ['initech'] }],
]

describe.each(choices)('the findings dashboard, for %s,', (_, choice) => {
  const shown = latest(choice)
  const standing = shown.filter((row) => row.standing)

  it('counts each standing finding once, by its latest judgement', async () => {
    const rows = await panel(1, choice)
    expect(Object.fromEntries(rows.map((row) => [row.severity, row.findings]))).toEqual(
      countBy(standing, (row) => row.severity),
    )
    expect(await panel(2, choice)).toEqual([
      shown.length === 0
        ? { standing_now: null, withdrawn: null }
        : { standing_now: standing.length, withdrawn: shown.length - standing.length },
    ])
  })

  it.each([
    [3, 'severity'],
    [4, 'detector'],
  ] as const)('counts them over time in panel %i, by %s', async (id, column) => {
    const rows = await panel(id, choice)
    const told = rows.map((row) => [`${at(row.time)} ${row[column]}`, row.findings])
    expect(Object.fromEntries(told)).toEqual(
      countBy(standing, (row) => `${bucket(at(row.at), hour)} ${row[column]}`),
    )
  })

  it('lists them with their session and subject, the most severe first', async () => {
    const rows = await panel(5, choice)
    const order = ['critical', 'high', 'medium', 'low', 'info']
    const expected = [...standing].sort(
      (a, b) =>
        order.indexOf(a.severity) - order.indexOf(b.severity) ||
        at(b.at) - at(a.at) ||
        (a.finding_id < b.finding_id ? -1 : 1),
    )
    expect(rows.map((row) => [row.session_id, row.subject_ref, row.severity, row.why])).toEqual(
      expected.map((row) => [row.session_id, row.subject_ref, row.severity, row.why]),
    )
  })

  it('counts rejected messages by reason, a redelivered one once', async () => {
    const rejected = inPlace(world.rejected, choice).filter(
      (row) => at(row.received_at) >= choice.fromMs && at(row.received_at) <= choice.toMs,
    )
    const once = new Map(
      rejected.map((row) => [
        `${row.tenant} ${row.instance} ${row.source} ${row.partition} ${row.offset}`,
        row,
      ]),
    )
    const rows = await panel(10, choice)
    const told = rows.map((row) => [
      `${row.tenant} ${row.instance} ${row.source} ${row.reason}`,
      row.messages,
    ])
    expect(Object.fromEntries(told)).toEqual(
      countBy([...once.values()], (row) =>
        [row.tenant, row.instance, row.source, row.reason].join(' '),
      ),
    )
  })
})

describe('the findings dashboard', () => {
  it('shows only the severity, detector, session or subject that is chosen', async () => {
    const all = latest(month).filter((row) => row.standing)
    const some = async (more: object) => (await panel(5, month, more)).length
    expect(await some({ severity: ['critical', 'low'] })).toBe(
      all.filter((row) => row.severity === 'critical' || row.severity === 'low').length,
    )
    expect(await some({ detector: ['new-country'] })).toBe(
      all.filter((row) => row.detector === 'new-country').length,
    )
    expect(await some({ session: 's-f-0-0' })).toBe(1)
    expect(await some({ subject: 'ref-f-6' })).toBe(3)
  })

  it('shows nobody what a detector in shadow mode saw', async () => {
    const shadowed = world.findings.filter((row) => row.mode === 'shadow')
    const sessions = (await panel(5, month)).map((row) => row.session_id)
    expect(shadowed.length).toBeGreaterThan(0)
    for (const row of shadowed) expect(sessions).not.toContain(row.session_id)
  })
})
