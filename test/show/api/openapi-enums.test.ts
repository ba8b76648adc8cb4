import { describe, expect, test } from 'vitest'
import { enumerate } from '../../../src/show/api/openapi-enums.ts'

const word = (value: string) => ({ type: 'string', enum: [value] })

describe('the description of the API', () => {
  test('says a choice of words as one enum, and keeps what was said beside it', () => {
    const choice = { description: 'Which.', anyOf: [word('a'), { type: 'string', const: 'b' }] }
    expect(enumerate({ parameters: [{ schema: choice }] })).toEqual({
      parameters: [{ schema: { description: 'Which.', type: 'string', enum: ['a', 'b'] } }],
    })
  })

  test.each([
    ['a choice of formats', { anyOf: [{ type: 'string', format: 'date' }, word('now')] }],
    ['a choice with null', { anyOf: [word('a'), { type: 'null' }] }],
    [
      'numbers',
      {
        anyOf: [
          { type: 'integer', enum: [1] },
          { type: 'integer', enum: [2] },
        ],
      },
    ],
    ['an empty choice', { anyOf: [] }],
    ['a field of that name', { properties: { anyOf: { type: 'string' } } }],
  ])('leaves %s as it is', (_, schema) => {
    expect(enumerate(schema)).toEqual(schema)
  })
})
