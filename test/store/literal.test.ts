import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fill, literal } from '../../src/store/literal.ts'

describe('the literal encoder', () => {
  it('leaves no quote of the value unescaped, whatever the value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const sql = literal(text, 'String')
        const body = sql.slice(1, -1)
        expect(body.replace(/\\(x[0-9a-f]{2}|.)/gs, '')).not.toMatch(/['\\]/)
      }),
    )
  })

  it('refuses a value that does not fit its type', () => {
    expect(() => literal('1; drop table events', 'UInt32')).toThrow(TypeError)
    expect(() => literal(-1, 'UInt32')).toThrow(TypeError)
    expect(() => literal(Number.NaN, 'Float64')).toThrow(TypeError)
    expect(() => literal(['a', 'b'], 'String')).toThrow(TypeError)
    expect(() => literal(2 ** 60, 'UInt64')).toThrow(TypeError)
  })

  it('fills every place and wants every value used', () => {
    expect(fill('select {a:UInt8}, {b:String}', { a: 1, b: "o'brien" })).toBe(
      "select toUInt8(1), 'o\\'brien'",
    )
    expect(() => fill('select {a:UInt8}', {})).toThrow('no value')
    expect(() => fill('select 1', { a: 1 })).toThrow('has no')
  })

  it('does not fill places that a value brings along', () => {
    expect(fill('select {a:String}, {b:String}', { a: '{b:String}', b: 'x' })).toBe(
      "select '{b:String}', 'x'",
    )
  })
})
