import { expect, it } from 'vitest'
import { makeFewAtOnce } from '../../../src/show/api/tenant-limit.ts'
import { settle } from '../../given.ts'
import { aServer, bearer } from '../server.ts'

function given() {
  const few = makeFewAtOnce({ running: 2, waitingOfTenant: 4, waiting: 16 })
  const ends: (() => void)[] = []
  const done: string[] = []
  let running = 0
  let most = 0
  const ask = async (tenant: string): Promise<string> => {
    const work = async () => {
      running += 1
      most = Math.max(most, running)
      await new Promise<void>((resolve) => ends.push(resolve))
      running -= 1
      done.push(tenant)
    }
    return await few(tenant, work).then(
      () => 'done',
      (error) => error.code,
    )
  }
  const endAll = async () => {
    for (let end = ends.shift(); end; end = ends.shift()) {
      end()
      await settle()
    }
  }
  return { ask, done, endAll, mostRunning: () => most }
}

it('makes two reports at once, lets a few wait, and tells all others at once to come again', async () => {
  const { ask, endAll, mostRunning } = given()
  const asked = Promise.all(Array.from({ length: 150 }, () => ask('acme')))
  await settle()
  await endAll()
  const answers = await asked
  expect(answers.filter((each) => each === 'done')).toHaveLength(6)
  expect(answers.filter((each) => each === 'SHOW_UNAVAILABLE')).toHaveLength(144)
  expect(mostRunning()).toBe(2)
})

it('makes the report of another tenant in its turn, however many one of them asks for', async () => {
  const { ask, done, endAll } = given()
  const asked = Array.from({ length: 150 }, () => ask('acme'))
  const other = ask('rival')
  await settle()
  await endAll()
  expect(await other).toBe('done')
  expect(done.indexOf('rival')).toBeLessThan(5)
  await Promise.all(asked)
})

it('answers whoever is not let in with 503 and when to ask again', async () => {
  const held = Promise.withResolvers<readonly []>()
  await using server = await aServer({ ask: () => held.promise })
  const get = () => server.inject({ url: '/v1/reports/coverage', headers: bearer('auditor') })
  const asked = Array.from({ length: 30 }, get)
  const first = await Promise.race(asked)
  expect([first.statusCode, first.headers['retry-after']]).toEqual([503, '5'])
  held.resolve([])
  const statuses = (await Promise.all(asked)).map(({ statusCode }) => statusCode)
  expect(statuses.filter((status) => status === 503)).toHaveLength(24)
})
