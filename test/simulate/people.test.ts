import { describe, expect, test } from 'vitest'
import type { Actor } from '../../src/simulate/people.ts'
import { inTurn } from '../../src/simulate/people.ts'

/** Only whose turn it is matters here. */
const actorOf = (): Actor => ({ turn: Promise.resolve() }) as unknown as Actor

function played() {
  const steps: string[] = []
  const work = (name: string) => {
    const over = Promise.withResolvers<void>()
    const run = async () => {
      steps.push(`${name} begins`)
      await over.promise
      steps.push(`${name} ends`)
      return name
    }
    return { run, end: over.resolve, fail: () => over.reject(new Error(name)) }
  }
  return { steps, work }
}
const settle = () => new Promise((resolve) => setImmediate(resolve))

describe('what the company asks about somebody', () => {
  test('waits for what was asked about them before: no cause is told during a login', async () => {
    const { steps, work } = played()
    const [person, agent] = [actorOf(), actorOf()]
    const [login, cause, later] = [work('login'), work('cause'), work('later')]
    const all = [
      inTurn([agent], login.run),
      inTurn([person, agent], cause.run),
      inTurn([person], later.run),
    ]
    await settle()
    expect(steps).toEqual(['login begins'])
    login.end()
    await settle()
    expect(steps).toEqual(['login begins', 'login ends', 'cause begins'])
    cause.end()
    later.end()
    expect(await Promise.all(all)).toEqual(['login', 'cause', 'later'])
    expect(steps.slice(3)).toEqual(['cause ends', 'later begins', 'later ends'])
  })

  test('waits for nobody else, and not for ever for what failed', async () => {
    const { steps, work } = played()
    const [person, other] = [actorOf(), actorOf()]
    const [failing, next, apart] = [work('failing'), work('next'), work('apart')]
    const failed = inTurn([person], failing.run).catch(() => 'failed')
    const after = inTurn([person], next.run)
    const beside = inTurn([other], apart.run)
    apart.end()
    expect(await beside).toBe('apart')
    failing.fail()
    next.end()
    expect([await failed, await after]).toEqual(['failed', 'next'])
    expect(steps).not.toContain('failing ends')
  })
})
