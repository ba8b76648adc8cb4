import { expect, it } from 'vitest'
import { fillPolicy } from '../../../src/config/policy.ts'
import { CurfewError } from '../../../src/contract/errors.ts'
import type { Ask } from '../../../src/contract/ports.ts'
import type { ChangedSession } from '../../../src/enforce/match/changed-sessions.ts'
import { MatchCauses } from '../../../src/enforce/match/match-causes.ts'
import { makeFindOutlived } from '../../../src/enforce/match/outlived-expiry.ts'
import type { ChangeSet, WatchedTable } from '../../../src/enforce/match/poll-changes.ts'
import { Isolation } from '../../../src/enforce/scheduling/isolate.ts'
import { Pace } from '../../../src/enforce/scheduling/pace.ts'
import { Steps } from '../../../src/enforce/scheduling/steps.ts'
import { makeClock, silentLog } from '../../given.ts'

const policy = fillPolicy({ version: 1 })

const beat = (...news: WatchedTable[]): ChangeSet => ({
  ...{ since: 0, through: 0, settle: () => {} },
  news: new Set(news),
})

it('keeps what a step has read when a later step of the same look meets a store that is away', async () => {
  const { clock } = makeClock()
  const store = { isAway: false }
  const ask: Ask = async (sql) => {
    if (sql.includes('from findings')) {
      store.isAway = true
      const session = { tenant: 'acme', instance: 'idp', kind: 'online', session_id: 's1' }
      const people = { subject_ref: 'ada', other_ref: '', on_behalf_of_ref: '' }
      return [{ ...session, ...people, fingerprint: '1', condemned: 1 }]
    }
    if (store.isAway) throw new CurfewError('STORE_UNREACHABLE', 'away', { retry: true })
    return []
  }
  const isolation = new Isolation({ ask, clock, log: silentLog, onWork: () => {} })
  const heard: string[] = []
  const expand = new MatchCauses({
    ...{ ask, clock, isolation, append: async () => {}, applyCauses: async () => 0 },
    ...{ findOutlived: () => makeFindOutlived({ ask, clock, policy }), pace: new Pace({ clock }) },
    steps: new Steps({ clock, log: silentLog, isolation }),
    applyToChanged: {
      add: (touched: readonly ChangedSession[]) => {
        for (const { sessionId } of touched) heard.push(sessionId)
      },
      next: async () => 0,
      size: 0,
      sizeOf: () => 0,
    },
  })
  await expect(expand.round(beat('findings', 'sessions'))).rejects.toThrow('away')
  store.isAway = false
  const { condemned } = await expand.round(beat())
  expect(heard).toEqual(['s1'])
  expect(condemned.map(({ sessionId }) => sessionId)).toEqual(['s1'])
})
