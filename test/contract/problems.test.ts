import fc from 'fast-check'
import { Type } from 'typebox'
import { Settings } from 'typebox/system'
import { Value } from 'typebox/value'
import { describe, expect, it } from 'vitest'
import { PolicyFile } from '../../src/contract/policy.ts'
import { problemsOf } from '../../src/contract/problems.ts'

const closed = { additionalProperties: false }

describe('the problems of a value', () => {
  it('are none when it fits', () => {
    expect(problemsOf(Type.Object({ a: Type.Number() }), { a: 1 })).toEqual([])
  })

  it('name each place with what is expected there', () => {
    const schema = Type.Object(
      {
        size: Type.Integer({ minimum: 3 }),
        mode: Type.Union([Type.Literal('on'), Type.Literal('off')]),
        either: Type.Union([Type.String(), Type.Boolean()]),
        own: Type.Union([Type.Object({ a: Type.String() })], { title: 'an { a: text }' }),
        all: Type.Array(Type.Object({ name: Type.String() }, closed)),
        version: Type.Literal(1),
      },
      closed,
    )
    const value = {
      size: 2.5,
      mode: 'x',
      either: 1,
      own: { a: 1 },
      all: [{ name: 1 }, { nam: 'x' }],
      version: 2,
    }
    expect(problemsOf(schema, value)).toEqual([
      '/size: must be integer',
      '/size: must be >= 3',
      '/mode: must be one of on, off',
      '/either: must be one of string, boolean',
      '/own: must be an { a: text }',
      '/all/0/name: must be string',
      '/all/1/name: is missing',
      '/all/1/nam: no such field; known are name',
      '/version: must be 1',
    ])
  })

  it('are told of the whole when that is already wrong', () => {
    expect(problemsOf(PolicyFile, null)).toEqual(['/: must be object'])
  })

  it('are all told, however many, and other callers keep their own bound', () => {
    const before = Settings.Get().maxErrors
    const value = Array.from({ length: 300 }, () => 'x')
    expect(problemsOf(Type.Array(Type.Number()), value)).toHaveLength(300)
    expect(Settings.Get().maxErrors).toBe(before)
  })

  it('are never none when the value does not fit, and never show a value', () => {
    const canary = 'canary-5f1e9a'
    const values = fc.object({ values: [fc.constant(canary), fc.integer()], maxDepth: 3 })
    const fields = fc.record(
      { causes: values, detectors: values, guards: values, timing: values, version: values },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(fc.oneof(values, fields), (value) => {
        const problems = problemsOf(PolicyFile, value)
        expect(problems.length > 0).toBe(!Value.Check(PolicyFile, value))
        expect(problems.join('\n')).not.toContain(canary)
      }),
    )
  })
})
