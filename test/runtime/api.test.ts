import { describe, expect, it } from 'vitest'
import { idsIn } from '../../src/process/catalog.ts'
import { detectorsBy } from '../../src/runtime/api.ts'
import { catalogs } from '../../src/runtime/catalog-folders.ts'
import { aServer, bearer } from '../show/server.ts'

describe('the list of detectors', () => {
  it('has every detector and sweep, each in the mode that policy gives it or else in its own', async () => {
    const detectors = await detectorsBy({ detectors: { 'new-country': { mode: 'shadow' } } })
    await using server = await aServer({ detectors })
    const answer = await server.inject({ url: '/v1/detectors', headers: bearer('viewer') })
    const items: readonly { id: string; kind: string; mode: string; runbook: string }[] =
      answer.json().items
    expect(items.map(({ id }) => id)).toEqual(
      [catalogs.detectors, catalogs.sweeps].flatMap((folder) => [...idsIn(folder)]),
    )
    expect(items.find(({ id }) => id === 'new-country')).toMatchObject({ mode: 'shadow' })
    expect(items.find(({ id }) => id === 'impossible-travel')).toMatchObject({
      ...{ kind: 'detector', mode: 'inform' },
      runbook: expect.stringMatching(/\w/),
    })
    expect(items.filter(({ kind }) => kind === 'sweep').map(({ id }) => id)).toEqual(
      idsIn(catalogs.sweeps),
    )
  })
})
