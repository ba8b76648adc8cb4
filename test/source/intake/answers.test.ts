import { beforeEach, describe, expect, test } from 'vitest'
import { settle } from '../../given.ts'
import { makeDesk } from './intake-desk.ts'

let it: ReturnType<typeof makeDesk>
beforeEach(() => {
  it = makeDesk()
})

describe('an answer', () => {
  const answerTo = async (text: string, contentType?: string) => {
    const answer = it.events(text, contentType)
    await settle()
    for (const { record } of it.taken) record()
    return await answer
  }
  const reject = (index: number) => ({
    index,
    reason: 'missing_field',
    detail: 'version is missing',
  })

  test('says of each event of an array that is none where it stands and why', async () => {
    expect(await answerTo('[{"a":"bad"},{"a":1},{"b":"bad"}]')).toEqual({
      status: 202,
      accepted: 1,
      rejected: [reject(0), reject(2)],
    })
  })

  test('counts lines, those left out that are blank', async () => {
    const lines = '\n{"a":1}\n\n  \n{"a":"bad"}\n'
    expect(await answerTo(lines, 'application/x-ndjson')).toEqual({
      status: 202,
      accepted: 1,
      rejected: [reject(1)],
    })
  })

  test('is 422 where none is an event; they are handed over to be recorded all the same', async () => {
    expect(await answerTo('{"a":"bad"}')).toEqual({
      status: 422,
      accepted: 0,
      rejected: [reject(0)],
    })
    expect(it.taken).toHaveLength(1)
  })

  test('to a body that begins with a byte order mark is as without one', async () => {
    expect(await answerTo('\ufeff{"a":1}')).toMatchObject({ status: 202, accepted: 1 })
  })

  test('to a genuine webhook is 200 whatever it holds, since its sender repeats for days', async () => {
    const answer = it.workos('{"event":"bad"}')
    await settle()
    it.taken[0]?.record()
    expect(await answer).toEqual({ status: 200, accepted: 0, rejected: [reject(0)] })
  })
})
