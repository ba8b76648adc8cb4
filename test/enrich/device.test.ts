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

describe('apps', () => {
  test.each([
    'AcmeMail/5.2 (iPhone; iOS 17.4; Scale/3.00)',
    'AcmeMail/5.2 CFNetwork/1494.0.7 Darwin/23.4.0',
    'Acme/7.1 (Android 14) okhttp/4.12.0',
    'Dalvik/2.1.0 (Linux; U; Android 13; SM-G991B Build/TP1A)',
    `Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) AcmeChat/4 Chrome/124.0.0.0 Electron/30.0.0 Safari/537.36`,
    'Mozilla/5.0 (Linux; Android 13; SM-A515F; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/119.0.0.0 Mobile Safari/537.36',
    `Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) ${webkit} Mobile/15E148`,
  ])('%s is an app', (userAgent) => {
    expect(find(userAgent)).toMatchObject({ state: 'hit', agentClass: 'app' })
  })
})

describe('software without a person at it', () => {
  const cases = {
    script: [
      'curl/8.7.1',
      'Wget/1.21.4',
      'python-requests/2.32.3',
      'Python/3.12 aiohttp/3.9.5',
      'okhttp/4.12.0',
      'Go-http-client/2.0',
      'node',
      'node-fetch/1.0 (+https://github.com/bitinn/node-fetch)',
      'axios/1.7.2',
      'Java/17.0.10',
      'Apache-HttpClient/4.5.14 (Java/17.0.10)',
      'PostmanRuntime/7.39.0',
      'CURL/8.7.1',
      'Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.19041.1682',
    ],
    bot: [
      'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
      `Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X) ${chrome} Mobile Safari/537.36 (compatible; Googlebot/2.1)`,
      'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)',
      'UptimeRobot/2.0',
      'ExampleBot/2.1 okhttp/4.12.0',
    ],
    ai_agent: [
      'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko); compatible; ChatGPT-User/1.0; +https://openai.com/bot',
      'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; Claude-User/1.0; +Claude-User@anthropic.com)',
      'Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)',
      'PerplexityBot/1.0',
      'PERPLEXITY-USER/1.0',
      'Meta-ExternalAgent/1.1',
      'claude-cli/1.0.98 (external, cli)',
      'codex_cli_rs/0.40.0 (Mac OS 15.1; arm64)',
      'GeminiCLI/0.8.1/model (linux; x64)',
      'GitHub CLI 2.82.0 Agent/copilot-cli',
      'glab/v1.97.0 (darwin, arm64) Coding-Agent/claude-code',
    ],
  } as const

  for (const [agentClass, userAgents] of Object.entries(cases)) {
    test.each(userAgents)(
      `%s is ${agentClass}, and its claims of a browser are not repeated`,
      (text) => {
        expect(find(text)).toEqual({ state: 'hit', browser: '', os: '', type: '', agentClass })
      },
    )
  }

  test('a headless browser is told apart from one with a window', () => {
    const text =
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/131.0.0.0 Safari/537.36'
    expect(find(text)).toMatchObject({ os: 'Linux', agentClass: 'headless' })
    expect(find('Mozilla/5.0 (X11; Linux x86_64) Playwright/1.48').agentClass).toBe('headless')
  })
})

describe('what is none of these', () => {
  test.each([
    'AcmeVault',
    'AcmeVault/3',
    'AcmeVault/3.4.1',
    'Acme Vault 3',
    'ngrok/3.0',
    'Mozilla/5.0',
  ])(
    "'%s' is unknown rather than a bot: a company's own app may be called anything",
    (userAgent) => {
      expect(find(userAgent)).toMatchObject({ state: 'hit', agentClass: 'unknown' })
    },
  )

  test('an empty user agent is no agent and cannot be evaluated', () => {
    expect(find('')).toEqual({
      state: 'not_evaluable',
      browser: '',
      os: '',
      type: '',
      agentClass: 'none',
    })
  })

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
