import { describe, expect, it } from 'vitest'
import { expand } from './expand.ts'

const v = (name: string) => `\${${name}}`
const situation = {
  fromMs: 1_700_000_000_123,
  toMs: 1_700_000_060_456,
  intervalMs: 30_500,
  variables: { tenant: ["o'brien", 'acme'], instance: ['$__all'], session: '', class: 'x' },
}
const from = 'fromUnixTimestamp64Milli(1700000000123)'
const to = 'fromUnixTimestamp64Milli(1700000060456)'

describe('the expander', () => {
  it.each([
    ['$__timeFilter_ms(a.b)', `a.b >= ${from} AND a.b <= ${to}`],
    ['$__timeFilter(at)', 'at >= toDateTime(1700000000) AND at <= toDateTime(1700000060)'],
    ['least($__toTime_ms, 1)', `least(${to}, 1)`],
    ['$__fromTime_ms', from],
    ['$__timeInterval(at)', 'toStartOfInterval(toDateTime(at), INTERVAL 30 second)'],
    [
      '$__timeInterval_ms(at)',
      'toStartOfInterval(toDateTime64(at, 3), INTERVAL 30500 millisecond)',
    ],
    ['1 / $__interval_s', '1 / 30'],
    [`t in (${v('tenant:singlequote')})`, "t in ('o\\'brien','acme')"],
    [`$__conditionalAll(t in (${v('tenant:singlequote')}), $tenant)`, "t in ('o\\'brien','acme')"],
    ['$__conditionalAll(i in (1), $instance)', '1=1'],
    [
      '$__conditionalAll(s = 1, $session) and $__conditionalAll(f(c, 2), $class)',
      '1=1 and f(c, 2)',
    ],
  ])('turns %s into what the plugin sends', (sql, expected) => {
    expect(expand(sql, situation)).toBe(expected)
  })

  it('never lets a bucket be shorter than the macros allow', () => {
    const short = { ...situation, intervalMs: 0.4 }
    expect(expand('$__interval_s', short)).toBe('1')
    expect(expand('$__timeInterval_ms(a)', short)).toContain('INTERVAL 1 millisecond')
  })

  it.each([
    ['an unknown macro', '$__timeFilterMs(a)'],
    ['a macro without its argument', '$__timeFilter_ms'],
    ['a macro with too many', '$__timeFilter_ms(a, b)'],
    ['an unknown variable', `x = ${v('person:singlequote')}`],
    ['an unknown variable in a condition', '$__conditionalAll(a, $person)'],
    ['a variable without a format for text', `x = ${v('class:csv')}`],
    ['parentheses that are not closed', '$__timeFilter_ms(a'],
  ])('throws at %s', (_, sql) => {
    expect(() => expand(sql, situation)).toThrow()
  })

  it('knows no variables for alerts', () => {
    const { variables: _, ...alert } = situation
    expect(() => expand('$__conditionalAll(a, $tenant)', alert)).toThrow('is left')
    expect(() => expand(`a = ${v('tenant:singlequote')}`, alert)).toThrow('is left')
    expect(expand('a >= $__fromTime_ms', alert)).toBe(`a >= ${from}`)
  })
})
