import type { SurvivorMatrix } from '../../enforce/provider-kit/survivor-matrix.ts'

/** The demo's provider: it ends what its simulated people end, and leaves survivors on purpose. */
export const matrix: SurvivorMatrix = {
  id: 'loopback',
  source: 'src/simulate/idp',
  rows: [
    {
      id: 'any-cause',
      act: 'Any cause of the simulated company',
      class: null,
      fates: { online: 'must_be_ended', offline: 'must_be_ended', agent: 'must_be_ended' },
      basis: 'documented',
      note: 'It ends most of the sessions itself and leaves planted survivors.',
    },
  ],
}
