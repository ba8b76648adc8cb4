import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { reportingIds } from '../../src/commands/opening.ts'
import { defaultPolicy, fillPolicy, loadPolicy } from '../../src/config/policy.ts'
import { CurfewError } from '../../src/contract/errors.ts'
import type { PolicyFile } from '../../src/contract/policy.ts'
import { PolicyFile as policySchema } from '../../src/contract/policy.ts'

const folder = mkdtempSync(join(tmpdir(), 'policy-'))
afterAll(() => rmSync(folder, { recursive: true }))

const detectors = ['new-country', 'impossible-travel', 'survivor']

/** What the file gives when it says this. */
function load(text: string) {
  const path = join(folder, 'policy.yaml')
  writeFileSync(path, text)
  return loadPolicy(path, detectors, ['survivor'])
}

/** The lines of the refusal, one problem each. */
function problemsIn(text: string): readonly string[] {
  try {
    load(text)
  } catch (error) {
    if (!(error instanceof CurfewError)) throw error
    const [head, ...lines] = error.message.split('\n')
    expect(error.code).toBe('POLICY_INVALID')
    expect(head).toMatch(/^the policy .*policy\.yaml cannot be used:$/)
    return lines.map((line) => line.trim())
  }
  throw new Error('the policy was taken')
}

describe('a policy file', () => {
  it.each(['', '\n', '# nothing yet\n', '---\n'])('may be empty: %j', (text) => {
    expect(load(text)).toEqual(defaultPolicy)
  })

  it('gives every cause a minute and its own scope, and ends nothing, unless it says otherwise', () => {
    for (const [cause, rule] of Object.entries(defaultPolicy.causes)) {
      expect([cause, rule.mode, rule.deadlineMs]).toEqual([cause, 'observe', 60_000])
    }
    expect(defaultPolicy.causes.grant_revoked.scope).toBe('grant')
    expect(defaultPolicy.detectors).toEqual({})
  })

  it('is refused with every problem at once, each with its place and what is known there', () => {
    expect(
      problemsIn(`
version: 2
mood: good
causes:
  full_moon: {}
  finding: { mode: hope, deadline_seconds: 0, hurry: true }
detectors:
  new-country: { mode: maybe }
  full-moon: { mode: act }
guards: { courage: 1, mass_stop_share: 2, wave_sizes: [0] }
timing: soon`),
    ).toEqual([
      '/mood: no such field; known are version, causes, detectors, guards, timing',
      '/version: must be 1',
      expect.stringMatching(/^\/causes\/full_moon: no such field; known are credential_reset, /),
      '/causes/finding/hurry: no such field; known are scope, mode, deadline_seconds',
      '/causes/finding/mode: must be one of observe, approve, enforce',
      '/causes/finding/deadline_seconds: must be >= 1',
      '/detectors/new-country/mode: must be one of off, shadow, inform, propose, act',
      expect.stringMatching(/^\/guards\/courage: no such field; known are /),
      '/guards/wave_sizes/0: must be >= 1',
      '/guards/mass_stop_share: must be <= 1',
      '/timing: must be object',
      '/detectors/full-moon: no such detector or sweep; known are new-country, impossible-travel, survivor',
    ])
  })

  it('may name a sweep as it names a detector', () => {
    expect(load('version: 1\ndetectors: { survivor: { mode: shadow } }').detectors).toEqual({
      survivor: { mode: 'shadow' },
    })
  })

  it.each(['propose', 'act'])('is refused when it has a mode without effect: %s', (mode) => {
    expect(
      problemsIn(
        `version: 1\ndetectors: { survivor: { mode: ${mode} }, new-country: { mode: ${mode} } }`,
      ),
    ).toEqual([
      expect.stringMatching(
        `^/detectors/survivor/mode: '${mode}' would have no effect.* off, shadow, inform`,
      ),
    ])
  })

  it('is told which detectors and sweeps only report: all that report on what a cause condemned', async () => {
    expect(await reportingIds()).toEqual(['used-after-expiry', 'used-after-revoked', 'survivor'])
  })

  it('may be empty but for its version, and then reports everything and ends nothing', () => {
    expect(load('version: 1')).toEqual(defaultPolicy)
    expect(new Set(Object.values(defaultPolicy.causes).map(({ mode }) => mode))).toEqual(
      new Set(['observe']),
    )
  })

  it('may name one class of causes and leave the others at their defaults', () => {
    const { causes } = load(
      'version: 1\ncauses: { credential_reset: { mode: enforce, deadline_seconds: 30 } }',
    )
    expect(causes.credential_reset).toEqual({
      scope: 'subject',
      mode: 'enforce',
      deadlineMs: 30_000,
    })
    expect(causes.subject_offboarded).toEqual(defaultPolicy.causes.subject_offboarded)
  })

  it('may set the mode of a detector', () => {
    expect(load('version: 1\ndetectors: { new-country: { mode: act } }').detectors).toEqual({
      'new-country': { mode: 'act' },
    })
  })

  it.each([
    ['an unknown cause', 'version: 1\ncauses: { full_moon: {} }', '/causes'],
    ['an unknown field', 'version: 1\nguards: { courage: 1 }', '/guards'],
    ['an unknown detector', 'version: 1\ndetectors: { full-moon: {} }', '/detectors/full-moon'],
    ['an unknown mode', 'version: 1\ncauses: { finding: { mode: hope } }', '/causes/finding/mode'],
    [
      'a deadline of nothing',
      'version: 1\ncauses: { finding: { deadline_seconds: 0 } }',
      'deadline',
    ],
    ['no version', 'causes: {}', 'version'],
    ['another version', 'version: 2', '/version'],
    ['no YAML', 'version: [1', 'policy.yaml'],
  ])('is refused with the place of the problem when it has %s', (_, text, place) => {
    expect(() => load(text)).toThrow(
      expect.objectContaining({ code: 'POLICY_INVALID', message: expect.stringContaining(place) }),
    )
  })

  it('is refused when it cannot be read', () => {
    expect(() => loadPolicy(join(folder, 'nowhere.yaml'), detectors)).toThrow(
      expect.objectContaining({ code: 'POLICY_INVALID' }),
    )
  })

  it('has the defaults that its published schema states', () => {
    const { guards, timing } = policySchema.properties
    const stated: PolicyFile = {
      version: 1,
      guards: defaultsOf(guards.properties),
      timing: defaultsOf(timing.properties),
    }
    expect(Object.keys(stated.guards ?? {})).toEqual(Object.keys(guards.properties))
    expect(Object.keys(stated.timing ?? {})).toEqual(Object.keys(timing.properties))
    expect(fillPolicy(stated)).toEqual(defaultPolicy)
    const rule = policySchema.properties.causes.properties.finding.properties
    expect(rule.deadline_seconds).toMatchObject({
      default: defaultPolicy.causes.finding.deadlineMs / 1_000,
    })
  })
})

/** What each field is when the file does not name it, where its schema says so. */
function defaultsOf(fields: object): object {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, field]) =>
      'default' in field ? [[name, field.default]] : [],
    ),
  )
}
