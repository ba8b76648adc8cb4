import { expect, it } from 'vitest'
import { CurfewError } from '../../../src/contract/errors.ts'
import type { WorkDone } from '../../../src/contract/work.ts'
import { failureOf } from '../../../src/contract/work-fault.ts'
import type { Notice } from '../../../src/enforce/notices/notice.ts'
import { makeListTroubles } from '../../../src/enforce/observe/list-troubles.ts'
import { idleMeter, makeClock, silentLog } from '../../given.ts'

const ada = { tenant: 'acme', instance: 'sso', subjectRef: 'ada' }
const ben = { ...ada, subjectRef: 'ben' }

function given() {
  const time = makeClock()
  const works: WorkDone[] = []
  const notices: Notice[] = []
  const troubles = makeListTroubles({
    ...{ clock: time.clock, log: silentLog, meter: idleMeter },
    notify: async (notice) => void notices.push(notice),
    onWork: (work) => works.push(work),
  })
  return { time, works, notices, troubles }
}

it.each([
  [{ outcome: 'busy', reason: 'it answered 429' }, 'told_to_wait'],
  [{ outcome: 'refused', reason: 'it answered 403' }, 'access_refused'],
  [{ outcome: 'unknown', reason: 'no answer', code: 'ENFORCE_UNREACHABLE' }, 'no_answer'],
  [{ outcome: 'unknown', reason: 'no list', code: 'ENFORCE_MALFORMED' }, 'unusable_answer'],
  [{ outcome: 'unknown', reason: 'a fault of ours' }, 'failed'],
] as const)('a list that fails says why in a word of ours: %j', async (trouble, reason) => {
  const { troubles, works } = given()
  await troubles.failed(ada, trouble)
  expect(works).toMatchObject([{ work: 'lists', of: 'sso', tenant: 'acme' }])
  expect(failureOf(works[0]?.error)).toBe(reason)
})

it('a list that is answered 429 for ever is told to people', async () => {
  const { troubles, notices, time } = given()
  for (let times = 0; times < 5; times += 1) {
    await troubles.failed(ada, { outcome: 'busy', reason: 'it answered 429' })
    await time.advance(10_000)
  }
  expect(notices).toMatchObject([{ kind: 'unlisted', instance: 'sso' }])
})

it('lists of an instance go well again once those of each subject do, or nobody needs them', async () => {
  const { troubles, works, time } = given()
  const trouble = { outcome: 'unknown', reason: 'no answer', code: 'ENFORCE_UNREACHABLE' } as const
  await troubles.failed(ada, trouble)
  await troubles.failed(ben, trouble, 'read')
  troubles.succeeded(ada)
  troubles.succeeded(ben)
  expect(works.every(({ error }) => error instanceof CurfewError)).toBe(true)
  await time.advance(20 * 60_000)
  troubles.succeeded(ada)
  expect(works.at(-1)).toEqual({ work: 'lists', of: 'sso', tenant: 'acme' })
})
