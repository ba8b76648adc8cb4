import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CurfewError } from '../../src/contract/errors.ts'
import type { OpenProvider } from '../../src/enforce/provider-kit/provider.ts'
import type { FakeProvider } from '../fakes/provider.ts'
import { makeFakeProvider } from '../fakes/provider.ts'
import { settle } from '../given.ts'
import { minute } from './scene.ts'
import type { Stage } from './stage.ts'
import { openStage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

/** Says when a provider has been asked to end a session. */
function heard({ provider }: FakeProvider) {
  const { promise, resolve } = Promise.withResolvers<void>()
  const listening: OpenProvider = {
    ...provider,
    revoke: (target) => provider.revoke(target).finally(resolve),
  }
  return { listening, revoked: promise }
}

describe('a running enforcer', () => {
  it('looks at once when it is nudged, and not before its time otherwise', async () => {
    const scene = stage.scene()
    await scene.session('s1')
    const { listening, revoked } = heard(scene.idp)
    const asked: string[] = []
    const idle = Promise.withResolvers<void>()
    const enforcer = await scene.open({
      provider: () => listening,
      ask: (ask) => async (sql, values) => {
        asked.push(sql)
        const rows = await ask(sql, values)
        if (asked.length > 8) idle.resolve()
        return rows
      },
    })
    const stop = new AbortController()
    const running = enforcer.run(stop.signal)
    await idle.promise
    await scene.cause('credential_reset')
    await settle()
    expect(scene.idp.calls).toEqual([])
    enforcer.nudge()
    await revoked
    expect(scene.idp.isAlive('s1')).toBe(false)
    await expect.poll(async () => (await scene.steps('s1')).at(-1)).toBe('contained')
    stop.abort()
    await running
  })

  it('ends sessions at one provider while another one never answers', async () => {
    const scene = stage.scene()
    const other = makeFakeProvider({ now: scene.now, pass: scene.time.advance })
    const { listening, revoked } = heard(other)
    await scene.session('slow')
    scene.idp.lies.hangs = 1
    const hung = scene.idp.nextHang()
    const enforcer = await scene.open({ others: new Map([['other', listening]]) })
    const stop = new AbortController()
    const running = enforcer.run(stop.signal)
    await scene.cause('credential_reset')
    enforcer.nudge()
    await hung

    const there = { instance: 'other', subject_ref: 'ref-bob' }
    const createdAt = scene.now() - 10 * minute
    other.open('quick', 'bob', { createdAt })
    const { tenant } = scene
    const bob = { tenant, instance: 'other', subject_ref: 'ref-bob', subject_id: 'bob' }
    await scene.store.append('identities', [{ ...bob, last_at: scene.iso(createdAt) }])
    const created = { ...there, occurred_at: scene.iso(createdAt) }
    await scene.event('session.created', 'quick', '', created)
    await scene.cause('credential_reset', { instance: 'other', subjectRef: 'ref-bob' })
    enforcer.nudge()
    await revoked
    expect(other.isAlive('quick')).toBe(false)
    expect(await scene.steps('slow')).toEqual(['proposed', 'queued', 'dispatching'])

    await scene.time.advance(9_000)
    stop.abort()
    await running
    expect((await scene.steps('slow'))[3]).toBe('in_doubt')
  })

  it('begins no call once it is stopped, and gives up those that nobody answers', async () => {
    const scene = stage.scene()
    const ids = Array.from({ length: 12 }, (_, index) => `t${index}`)
    for (const id of ids) await scene.session(id)
    await scene.cause('subject_suspended')
    const two = Promise.withResolvers<void>()
    let begun = 0
    const silent = (): Promise<never> => {
      begun += 1
      if (begun === 2) two.resolve()
      return new Promise(() => {})
    }
    const enforcer = await scene.open({
      callsAtOnceMax: 2,
      provider: (provider) => ({ ...provider, revoke: silent }),
    })
    const stop = new AbortController()
    const running = enforcer.run(stop.signal)
    await two.promise
    stop.abort()
    let isOver = false
    const over = running.then(() => {
      isOver = true
    })
    for (let seconds = 0; !isOver && seconds < 6; seconds += 1) await scene.time.advance(1_000)
    await over
    expect(begun).toBe(2)
    const states = await Promise.all(ids.map(async (id) => (await scene.steps(id)).at(-1)))
    expect(states.filter((state) => state === 'in_doubt')).toHaveLength(2)
    const doubts = await scene.store.ask(
      "select reason from order_steps where tenant = {tenant:String} and state = 'in_doubt'",
      { tenant: scene.tenant },
    )
    expect(doubts.map(({ reason }) => reason)).toEqual(
      Array.from({ length: 2 }, () => expect.stringContaining('before this process stopped')),
    )
  })

  it('makes several calls to one provider at a time, but no more than it may', async () => {
    const scene = stage.scene()
    const ids = Array.from({ length: 9 }, (_, index) => `m${index}`)
    for (const id of ids) await scene.session(id)
    await scene.cause('subject_suspended')
    const three = Promise.withResolvers<void>()
    let under = 0
    let most = 0
    const counted = async <T>(work: () => Promise<T>): Promise<T> => {
      under += 1
      most = Math.max(most, under)
      if (under === 3) three.resolve()
      // Nobody is answered before three have asked; with fewer at a time it would wait for ever.
      await three.promise
      return await work().finally(() => {
        under -= 1
      })
    }
    const enforcer = await scene.open({
      callsAtOnceMax: 3,
      provider: (provider) => ({
        ...provider,
        read: (target) => counted(() => provider.read(target)),
        revoke: (target) => counted(() => provider.revoke(target)),
        list: (subjectId) =>
          counted(
            async () => (await provider.list?.(subjectId)) ?? { sessions: [], complete: false },
          ),
      }),
    })
    await scene.pass(enforcer, 10_000, 5_000)
    expect(ids.filter(scene.idp.isAlive)).toEqual([])
    expect(most).toBe(3)
  })

  it('goes on by itself when the store is back, having called nobody meanwhile', async () => {
    const scene = stage.scene()
    await scene.session('s1')
    await scene.cause('credential_reset')
    const { listening, revoked } = heard(scene.idp)
    let down = 0
    const failed = Promise.withResolvers<void>()
    const enforcer = await scene.open({
      provider: () => listening,
      ask: (ask) => async (sql, values) => {
        if (down === 0) return await ask(sql, values)
        down -= 1
        failed.resolve()
        throw new CurfewError('STORE_UNREACHABLE', 'connection refused', { retry: true })
      },
    })
    down = 1
    const stop = new AbortController()
    const running = enforcer.run(stop.signal)
    await failed.promise
    await settle()
    expect(scene.idp.calls).toEqual([])
    await scene.time.advance(1_000)
    await revoked
    await expect.poll(async () => (await scene.steps('s1')).at(-1)).toBe('contained')
    stop.abort()
    await running
  })

  it('never writes one step twice, however causes come while calls are under way', async () => {
    const scene = stage.scene()
    const ids = Array.from({ length: 10 }, (_, index) => `j${index}`)
    for (const id of ids) await scene.session(id)
    const over = Promise.withResolvers<void>()
    const enforcer = await scene.open({
      provider: (provider) => ({
        ...provider,
        revoke: async (target) => {
          const answer = await provider.revoke(target)
          enforcer.nudge()
          if (!ids.some(scene.idp.isAlive)) over.resolve()
          return answer
        },
      }),
    })
    const stop = new AbortController()
    const running = enforcer.run(stop.signal)
    for (const each of ['credential_reset', 'subject_suspended', 'operator_order'] as const) {
      await scene.cause(each)
      enforcer.nudge()
      await scene.cause(each)
      enforcer.nudge()
    }
    await over.promise
    const lastOf = async () => {
      await scene.time.advance(1_000)
      return new Set(await Promise.all(ids.map(async (id) => (await scene.steps(id)).at(-1))))
    }
    await expect.poll(lastOf).toEqual(new Set(['contained']))
    stop.abort()
    await running
    const steps = await scene.store.ask(
      `select session_id, arraySort(groupArray(seq)) as seqs, argMax(toString(state), seq) as last
       from order_steps where tenant = {tenant:String} group by session_id, order_id`,
      { tenant: scene.tenant },
    )
    expect(steps).toHaveLength(ids.length)
    for (const { seqs, last } of steps) {
      const numbers = Array.isArray(seqs) ? seqs : []
      expect(numbers).toEqual(numbers.map((_, index) => index + 1))
      expect(last).toBe('contained')
    }
    expect(ids.map(scene.idp.revokes)).toEqual(ids.map(() => 1))
  })
})
