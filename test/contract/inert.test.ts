import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inert, inertJson, inertLines } from '../../src/contract/inert.ts'

/** Each of them was seen to do something on a terminal, in an editor or in a reader of rows. */
const active = [
  ...['\u0000', '\u0007', '\u0008', '\u001b', '\u007f', '\u0085', '\u009b', '\u00ad'],
  ...['\u034f', '\u061c', '\u115f', '\u180e', '\u200b', '\u200e', '\u202e', '\u2028', '\u2029'],
  ...['\u2060', '\u2066', '\u3164', '\ufeff', '\ufff9', '\ue000', '\ud800', '\u{e0041}'],
]
const hostile = fc.string({ unit: fc.oneof(fc.constantFrom(...active), fc.string()) })
/** Written down apart from the rule: general categories, and what shows nothing. */
const showsItself = /^(?!\p{DI})[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Zs}]$/u

describe('text on its way out', () => {
  it('holds only characters that show themselves', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        for (const character of inert(text)) expect(character).toMatch(showsItself)
      }),
    )
  })

  it('keeps names of people as they are written', () => {
    const names = [
      'Zoë Ängström',
      'Łukasz Żółć',
      'Νίκος',
      'Юлия',
      '王小明',
      'नीलम',
      'ياسمين',
      'O’Neil 🙂',
    ]
    expect(names.map(inert)).toEqual(names)
  })

  it.each(active)('does not hold %j', (character) => {
    expect(inert(`a${character}b`)).toMatch(/^a ?b$/)
  })

  it('keeps the lines of a message of ours apart', () => {
    expect(inertLines('one\u001b[2J\ntwo\r')).toBe('one[2J\ntwo ')
  })
})

describe('JSON on its way out', () => {
  it('says what it said before, with nothing in it that a terminal acts on', () => {
    fc.assert(
      fc.property(fc.dictionary(hostile, hostile), (value) => {
        const document = inertJson(JSON.stringify(value, undefined, 2))
        expect(JSON.parse(document)).toEqual(value)
        for (const character of document)
          if (character !== '\n') expect(character).toMatch(showsItself)
      }),
    )
  })
})
