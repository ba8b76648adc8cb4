import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { examinePems } from '../../../src/commands/doctor/check-pems.ts'
import { readSettings } from '../../../src/config/settings.ts'

/** Certificates that signed themselves, in force for a hundred years from 2026, and their keys. */
const fixture = (name: string) => join(import.meta.dirname, '../../fixtures/tls', name)
const inForce = Date.UTC(2050, 0, 1)

function examined(files: { readonly [part: string]: string }, at = inForce) {
  const given = Object.entries(files).map(([part, path]) => [`CURFEW_KAFKA_${part}_FILE`, path])
  const settings = readSettings({ CURFEW_KAFKA_TLS: 'true', ...Object.fromEntries(given) })
  return examinePems(settings, () => at)
}
const pair = { CERT: fixture('one.crt'), KEY: fixture('one.key') }

describe('the files for the brokers', () => {
  it('are good where they can be read, are in force and belong together', () => {
    const symptoms = examined({ CA: fixture('other.crt'), ...pair })
    expect(symptoms.map(({ check, state }) => [check, state])).toEqual([
      ['kafka authority', 'ok'],
      ['kafka certificate', 'ok'],
      ['kafka private key', 'ok'],
    ])
  })

  it.each([
    [
      'a file that is not there',
      { CA: fixture('none.crt') },
      /none\.crt cannot be read \(ENOENT\)/,
    ],
    ['a key for an authority', { CA: fixture('one.key') }, /holds no certificate in PEM form/],
    ['a certificate for a key', { ...pair, KEY: pair.CERT }, /holds no private key in PEM form/],
    [
      "another certificate's key",
      { ...pair, KEY: fixture('other.key') },
      /other\.key is not the key of the certificate in .*one\.crt/,
    ],
  ])('are broken for %s, and the variable to correct is named', (_, files, words) => {
    const detail = examined(files)
      .filter(({ state }) => state === 'broken')
      .map((symptom) => symptom.detail)
    expect(detail).toEqual([expect.stringMatching(words)])
    expect(detail[0]).toMatch(/; correct CURFEW_KAFKA_(CA|KEY)_FILE$/)
  })

  it.each([
    ['before', Date.UTC(2020, 0, 1)],
    ['after', Date.UTC(2200, 0, 1)],
  ])('are broken %s the time of the certificate', (_, at) => {
    const [certificate] = examined(pair, at)
    expect(certificate).toMatchObject({
      state: 'broken',
      detail: expect.stringMatching(/is not valid now: .*2026.* to .*2126/),
    })
  })

  it('are never quoted', () => {
    const key = readFileSync(pair.KEY, 'utf8').split('\n')[1] ?? ''
    expect(key.length).toBeGreaterThan(40)
    expect(
      JSON.stringify(examined({ CA: pair.KEY, CERT: pair.KEY, KEY: pair.CERT })),
    ).not.toContain(key.slice(0, 20))
  })
})
