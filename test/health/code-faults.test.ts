import { expect, it } from 'vitest'
import type { CodeFault } from '../../src/contract/code-fault.ts'
import { thrownOn } from '../../src/contract/code-fault.ts'
import { CurfewError } from '../../src/contract/errors.ts'
import { watchFaults } from '../../src/health/code-faults.ts'
import { openMetrics } from '../../src/show/metrics/metrics.ts'
import { makeClock, silentLog } from '../given.ts'

const fault: CodeFault = {
  ...{ tenant: 'acme', instance: 'sso', source: 'kafka:sessions' },
  ...{ stage: 'enrich', part: 'device', error: 'TypeError', line: 'device.ts:7' },
}

it('counts each fault, and tells of each part of an instance once a day', async () => {
  const { clock, advance } = makeClock()
  const metrics = openMetrics()
  const told: string[] = []
  const note = watchFaults({
    now: clock.now,
    log: silentLog,
    meter: metrics.meter,
    notify: ({ instance, part }, day) => told.push(`${day} ${instance} ${part}`),
  })
  for (const each of [fault, fault, { ...fault, instance: 'other' }]) note(each)
  await advance(24 * 60 * 60_000)
  note({ ...fault, stage: 'detect', part: 'impossible-travel' })
  expect(told).toEqual([
    '2026-11-03 sso device',
    '2026-11-03 other device',
    '2026-11-04 sso impossible-travel',
  ])
  const lines = (await metrics.text()).split('\n')
  expect(lines).toContain('curfew_code_faults_total{stage="enrich",part="device"} 3')
  expect(lines).toContain('curfew_code_faults_total{stage="detect",part="impossible-travel"} 1')
  const leftOut = 'curfew_decode_fields_left_out_total{source="kafka:sessions",field="device"} 3'
  expect(lines).toContain(leftOut)
})

it('names what was thrown and where, and nothing that its message repeats', () => {
  const message = 'no such name\n    at ada@example.com (file:///secret.ts:1:1)'
  expect(thrownOn(new TypeError(message))).toEqual({
    error: 'TypeError',
    line: expect.stringMatching(/^code-faults\.test\.ts:\d+$/),
  })
  expect(thrownOn(Object.assign(new Error(message), { name: message })).error).toBe('Error')
  expect(thrownOn(message)).toEqual({ error: 'string', line: '' })
})

it('is no fault of an event that the store is away or refuses', () => {
  const away = new CurfewError('STORE_UNREACHABLE', 'away', { retry: true })
  expect(() => thrownOn(away)).toThrow(away)
})
