import fc from 'fast-check'
import { list } from 'isbot'
import { describe, expect, test } from 'vitest'
import { makeDevices } from '../../src/enrich/device.ts'
import { browserNames, systemNames } from '../../src/enrich/device-names.ts'

const unlimited = { now: () => 0, missesPerSecondMax: Number.POSITIVE_INFINITY, cacheMax: 5_000 }
const { find } = makeDevices(unlimited)

const chrome = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0'
const webkit = 'AppleWebKit/605.1.15 (KHTML, like Gecko)'

describe('browsers', () => {
  test.each([
    [
      'Chrome',
      'Windows',
      'desktop',
      `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${chrome} Safari/537.36`,
    ],
    [
      'Edge',
      'Windows',
      'desktop',
      `Mozilla/5.0 (Windows NT 10.0) ${chrome} Safari/537.36 Edg/142.0.0.0`,
    ],
    [
      'Safari',
      'Mac OS',
      'desktop',
      `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${webkit} Version/18.1 Safari/605.1.15`,
    ],
    [
      'Firefox',
      'Linux',
      'desktop',
      'Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0',
    ],
    [
      'Chrome',
      'Chromium OS',
      'desktop',
      `Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) ${chrome} Safari/537.36`,
    ],
    [
      'Mobile Safari',
      'iOS',
      'mobile',
      `Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) ${webkit} Version/18.1 Mobile/15E148 Safari/604.1`,
    ],
    [
      'Mobile Safari',
      'iOS',
      'tablet',
      `Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) ${webkit} Version/17.5 Mobile/15E148 Safari/604.1`,
    ],
    [
      'Chrome',
      'Android',
      'mobile',
      `Mozilla/5.0 (Linux; Android 10; K) ${chrome} Mobile Safari/537.36`,
    ],
    ['Chrome', 'Android', 'tablet', `Mozilla/5.0 (Linux; Android 10; K) ${chrome} Safari/537.36`],
    [
      'Samsung Internet',
      'Android',
      'mobile',
      `Mozilla/5.0 (Linux; Android 13; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/23.0 Chrome/115.0.0.0 Mobile Safari/537.36`,
    ],
    [
      'Safari',
      'PlayStation',
      'other',
      `Mozilla/5.0 (PlayStation 5 6.00) ${webkit} Version/15.4 Safari/605.1.15`,
    ],
    [
      'Opera',
      'Windows',
      'desktop',
      'Opera/9.80 (Windows NT 6.1; WOW64) Presto/2.12.388 Version/12.18',
    ],
  ])('%s on %s is a %s browser', (browser, os, type, userAgent) => {
    expect(find(userAgent)).toEqual({ state: 'hit', browser, os, type, agentClass: 'browser' })
  })
})

describe('what is none of these', () => {
  test.each([
    'AcmeVault',
    'AcmeVault/3',
    'AcmeVault/3.4.1',
    'Acme Vault 3',
    'ngrok/3.0',
    'AcmeGoose/2.0',
    'Continuum/1.4',
    'Mozilla/5.0',
  ])(
    "'%s' is unknown rather than a bot: a company's own app may be called anything",
    (userAgent) => {
      expect(find(userAgent)).toMatchObject({ state: 'hit', agentClass: 'unknown' })
    },
  )

  test.each(['', '-', '"-"', 'null', 'undefined', 'None'])(
    '%j is no user agent and cannot be evaluated',
    (text) => {
      expect(find(text)).toEqual({
        state: 'not_evaluable',
        browser: '',
        os: '',
        type: '',
        agentClass: 'none',
      })
    },
  )

  test('the bot list still knows nearly all its names after the shapeless ones are left out', () => {
    const names = list.filter((pattern) => /^[a-z]{5,}$/.test(pattern))
    expect(names.length).toBeGreaterThan(50)
    for (const name of names) {
      expect(find(`Mozilla/5.0 (compatible; ${name}/1.0)`).agentClass, name).not.toBe('browser')
    }
  })
})

describe('hostile user agents', () => {
  test('whatever the text, names come from closed lists', () => {
    const browsers = new Set(['', 'Other', ...browserNames.values()])
    const systems = new Set(['', 'Other', ...systemNames.values()])
    const piece = fc.constantFrom(
      'Mozilla/5.0 (',
      'WINDOWS nt 10.0',
      'aNdRoId 14',
      '; ',
      ') ',
      'cHrOmE/142',
      'FireFox/1',
      'sAfArI/604.1',
      'like Gecko',
      'AppleWebKit/537.36 ',
      'Version/1 ',
      'mInT',
      'ubunTU ',
      'OPR/1 ',
      'x11;',
      '/',
    )
    fc.assert(
      fc.property(
        fc.array(fc.oneof(piece, fc.string({ maxLength: 20 })), { maxLength: 20 }),
        (parts) => {
          const device = find(parts.join(''))
          expect(browsers).toContain(device.browser)
          expect(systems).toContain(device.os)
        },
      ),
      { numRuns: 300 },
    )
  })

  // An expression with nested repetition would need longer than the universe for these.
  test.each([
    ['spaces', ' '.repeat(1024)],
    ['letters', 'a'.repeat(1024)],
    ['digits and dots', '1.'.repeat(512)],
    ['slashes', 'a/'.repeat(512)],
    ['brackets', '('.repeat(1024)],
    ['an endless Android', `Mozilla/5.0 (Linux; Android 14; ${'; '.repeat(480)}`],
    ['an endless Version', `Mozilla/5.0 AppleWebKit/537.36 ${'Version/1 '.repeat(90)}`],
    ['an endless Opera', `Opera${' opera mobi'.repeat(90)}`],
    ['an endless agent', `agent/${'a-'.repeat(500)}`],
    ['an endless Macintosh', 'iphone os '.repeat(100)],
    ['control characters', '\u0000\u001b[31m\r\n'.repeat(120)],
    ['half of a pair', '\ud800'.repeat(1024)],
    ['names of objects', '__proto__ constructor toString'],
  ])('1,024 characters of %s are answered', (_, userAgent) => {
    expect(find(userAgent.slice(0, 1024))).toMatchObject({ state: 'hit' })
  })

  test('what stands beyond 1,024 characters is not read', () => {
    expect(find(`Acme/1 ${'x '.repeat(520)} ChatGPT-User/1.0`).agentClass).toBe('unknown')
  })
})
