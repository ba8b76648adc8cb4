import { describe, expect, it } from 'vitest'
import { callable, connectors } from './every-connector.ts'
import { acts } from './keycloak/acts.ts'

const matrices = connectors.flatMap(({ matrix }) => matrix ?? [])

describe('the survivor matrices', () => {
  it('are there for every provider that can be called, each with its id, and for no other', () => {
    expect(matrices.map(({ id }) => id)).toEqual(callable.map(({ id }) => id))
  })

  it('say what becomes of at least one kind of session in every row, each row once', () => {
    for (const { rows } of matrices) {
      expect(rows.length).toBeGreaterThan(0)
      expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length)
      for (const { fates } of rows) expect(Object.keys(fates).length).toBeGreaterThan(0)
    }
  })

  it('call measured exactly what the tests do on a real Keycloak', () => {
    const measured = matrices.flatMap(({ id, rows }) =>
      rows.filter(({ basis }) => basis === 'measured').map((row) => `${id} ${row.id}`),
    )
    expect(measured.sort()).toEqual(
      Object.keys(acts)
        .map((act) => `keycloak ${act}`)
        .sort(),
    )
  })
})
