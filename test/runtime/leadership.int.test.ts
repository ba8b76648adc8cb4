import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Enforcing } from '../../src/runtime/leadership.ts'
import { openEnforcing } from '../../src/runtime/leadership.ts'
import { openKafkaLeaderLease } from '../../src/source/leader/kafka-leader-lease.ts'
import type { LeaderLease } from '../../src/source/leader/leader-lease.ts'
import type { Between, Scene } from '../enforce/scene.ts'
import type { Stage } from '../enforce/stage.ts'
import { openStage } from '../enforce/stage.ts'
import { idleMeter, silentLog } from '../given.ts'
import { eventually } from '../parts/eventually.ts'
import type { TestKafka } from '../parts/kafka.ts'
import { startKafka } from '../parts/kafka.ts'
import { lacks } from '../parts/needs.ts'
import { wallClock } from '../source/kafka/kafka-play.ts'
import { quick } from '../source/leader/lease-play.ts'

interface Process {
  readonly enforcing: Enforcing
  readonly lease: LeaderLease
  /** Ends its work and leaves the lease. */
  readonly stop: () => Promise<void>
}

describe.skipIf(lacks('kafka', import.meta.filename))('several processes over one store', () => {
  let kafka: TestKafka
  let stage: Stage
  let scene: Scene
  let topic: string
  let processes: Process[]
  const opened: string[] = []
  const sweeping = new Set<string>()
  const over: string[] = []

  beforeAll(async () => {
    kafka = await startKafka({ properties: { 'group.min.session.timeout.ms': '1000' } })
    stage = await openStage()
  })
  afterAll(async () => {
    await stage?.close()
    await kafka?.stop()
  })
  beforeEach(() => {
    scene = stage.scene()
    topic = `enforcer-${randomUUID()}`
    processes = []
    opened.length = 0
    over.length = 0
  })
  afterEach(() => Promise.all(processes.map(({ stop }) => stop())))

  const begin = async (name: string, between: Between = {}): Promise<Process> => {
    const settings = { brokers: kafka.brokers, clientId: name, groupId: topic, topic, times: quick }
    const ports = { log: silentLog, meter: idleMeter, clock: wallClock }
    const lease = openKafkaLeaderLease(settings, ports)
    const enforcing = await openEnforcing({
      ...ports,
      lease,
      open: (isElected) => {
        opened.push(name)
        return scene.open({ ...between, isElected })
      },
      beside: async (signal) => {
        sweeping.add(name)
        await new Promise<void>((resolve) => {
          if (signal.aborted) resolve()
          signal.addEventListener('abort', () => resolve(), { once: true })
        })
        sweeping.delete(name)
      },
      onOver: () => over.push(name),
    })
    const end = new AbortController()
    const running = enforcing.run(end.signal)
    const stop = async (): Promise<void> => {
      end.abort()
      await running
    }
    const process = { enforcing, lease, stop }
    processes.push(process)
    return process
  }
  /** Until so; the scene's time goes on by itself, as it does for a process. */
  const until = (what: string, so: () => boolean | Promise<boolean>) =>
    eventually({
      what,
      timeoutMs: 30_000,
      probe: async () => {
        await scene.time.advance(100)
        return (await so()) ? true : undefined
      },
      evidence: () => `; opened: ${opened}, calls: ${JSON.stringify(scene.idp.calls)}`,
    })

  test('one enforces and sweeps, and when it goes another goes on, with no second effect', async () => {
    const first = await begin('first')
    await until('the first elected', () => sweeping.has('first'))
    await begin('second')
    await scene.session('s1')
    await scene.cause('credential_reset')
    await until('it contained', async () => (await scene.steps('s1')).at(-1) === 'contained')
    expect([opened, [...sweeping]]).toEqual([['first'], ['first']])

    await first.stop()
    expect(over).toEqual(['first'])
    await until('the second elected', () => sweeping.has('second'))
    await scene.time.advance(1_000)
    await scene.session('s2', 'bob')
    await scene.cause('credential_reset', { subjectRef: scene.refOf('bob') })
    await until('it contained', async () => (await scene.steps('s2')).at(-1) === 'contained')
    expect(opened).toEqual(['first', 'second'])
    expect([scene.idp.revokes('s1'), scene.idp.revokes('s2')]).toEqual([1, 1])
    expect((await scene.steps('s1')).filter((each) => each === 'dispatching')).toHaveLength(1)
  })

  test('one that goes in the middle of a call lets it end first; its successor reads what came of it', async () => {
    const calls: string[] = []
    const answered = Promise.withResolvers<void>()
    const slow = (name: string): Between => ({
      provider: (provider) => ({
        ...provider,
        revoke: async (target) => {
          calls.push(`${name} calls`)
          const answer = await provider.revoke(target)
          if (name === 'first') await answered.promise
          calls.push(`${name} is answered`)
          return answer
        },
      }),
    })
    const first = await begin('first', slow('first'))
    await until('the first elected', () => sweeping.has('first'))
    await begin('second', slow('second'))
    await scene.session('s1')
    await scene.cause('credential_reset')
    await until('the call', () => calls.length > 0)
    const stopped = first.stop()
    // Longer than a session: it stays a member while its work ends.
    for (let turn = 0; turn < 40; turn += 1) {
      await wallClock.wait(100)
      expect(opened).toEqual(['first'])
    }
    answered.resolve()
    await stopped
    await until('it contained', async () => (await scene.steps('s1')).at(-1) === 'contained')
    await until('the second elected', () => sweeping.has('second'))
    expect(calls).toEqual(['first calls', 'first is answered'])
    expect(scene.idp.isAlive('s1')).toBe(false)
  })
})
