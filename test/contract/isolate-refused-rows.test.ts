import { expect, it } from 'vitest'
import type { CodeFault } from '../../src/contract/code-fault.ts'
import { CurfewError } from '../../src/contract/errors.ts'
import { makeIsolatingAppend } from '../../src/contract/isolate-refused-rows.ts'
import { silentLog } from '../given.ts'

const rows = Array.from({ length: 300 }, (_, each) => ({
  tenant: each === 77 ? 'globex' : 'acme',
  each,
}))

function given(fails: (tenants: readonly string[]) => Error | undefined) {
  const written: number[] = []
  const faults: CodeFault[] = []
  let tries = 0
  const append = makeIsolatingAppend({
    append: async (_, some) => {
      tries += 1
      const known = some.flatMap((row) => rows.filter((each) => each === row))
      const error = fails(known.map(({ tenant }) => tenant))
      if (error) throw error
      for (const { each } of known) written.push(each)
    },
    log: silentLog,
    onFault: (fault) => faults.push(fault),
  })
  return { append, written, faults, tries: () => tries }
}

it('leaves out the one row that the store refuses, tells whose it is, and writes all others', async () => {
  const refused = new CurfewError('RECORD_DATA', 'a value does not fit')
  const { append, written, faults, tries } = given((tenants) =>
    tenants.includes('globex') ? refused : undefined,
  )
  await append('causes', rows)
  expect(written.sort((a, b) => a - b)).toEqual(
    rows.map(({ each }) => each).filter((each) => each !== 77),
  )
  expect(faults).toEqual([
    expect.objectContaining({ tenant: 'globex', stage: 'record', part: 'causes' }),
  ])
  expect(tries()).toBeLessThan(25)
})

it('leaves nothing out while the store is away', async () => {
  const away = new CurfewError('STORE_UNREACHABLE', 'away', { retry: true })
  const { append, faults } = given(() => away)
  await expect(append('causes', rows)).rejects.toBe(away)
  expect(faults).toEqual([])
})
