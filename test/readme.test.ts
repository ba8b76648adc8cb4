import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { detectorIds } from '../src/commands/opening.ts'
import type { ConnectionsFile } from '../src/config/connections.ts'
import { loadConnections } from '../src/config/connections.ts'
import { defaultPolicy, loadPolicy } from '../src/config/policy.ts'
import type { Policy } from '../src/contract/policy.ts'
import type { Figures } from '../src/demo/figures.ts'
import { drawView } from '../src/demo/view.ts'
import type { Detector } from '../src/detect/detector.ts'
import { loadCatalog } from '../src/process/catalog.ts'
import type { Instance } from '../src/runtime/instances.ts'
import { openInstances } from '../src/runtime/instances.ts'
import { openFeeds } from '../src/runtime/sources.ts'
import { makeAuthenticate } from '../src/show/api/principal.ts'
import { connectors } from './connectors/every-connector.ts'
import { happen, play } from './detect/play.ts'
import { idleMeter, makeClock, silentLog } from './given.ts'

const connectPage = readFileSync('docs/connect.md', 'utf8')
const demoPage = readFileSync('docs/demo.md', 'utf8')
const detectorsPage = readFileSync('docs/detectors.md', 'utf8')

describe('the detector in docs/detectors.md', () => {
  const guide = 'test/guide/issued-for-too-long.ts'

  it('is the one that the type check and these tests see, but for where it imports from', () => {
    const block = /```ts\n([\s\S]*?)```/.exec(detectorsPage)?.[1]
    const file = readFileSync(guide, 'utf8')
    expect(block).toBe(file.replaceAll("'../../src/detect/detector.ts'", "'../detector.ts'"))
  })

  it('is an entry that the catalogue takes, and shows what it finds and what it lets pass', async () => {
    const [detector, ...others] = await loadCatalog<Detector>('test/guide', 'detector')
    expect(others).toEqual([])
    if (!detector) throw new Error('the catalogue is empty')
    const counts = detector.examples.map(({ finds }) => finds.length)
    expect(new Set(counts)).toEqual(new Set([0, 1]))
    for (const { history, finds } of detector.examples) {
      const standing = await play([detector], [history.map(happen)])
      expect(standing).toHaveLength(finds.length)
      const again = await play([detector], [history.map(happen), history.map(happen)])
      expect(again.map(({ findingId }) => findingId)).toEqual(
        standing.map(({ findingId }) => findingId),
      )
    }
  })
})

describe('the screen in docs/demo.md', () => {
  it('is one that the demo draws', () => {
    const verdicts = (kept: number, open = 0) => ({ kept, broken: 0, open, unproven: 0 })
    const figures: Figures = {
      events: 5_094,
      eventsPerSecond: 129,
      rejected: 4,
      findings: { 'used-after-revoked': 8, 'impossible-travel': 6 },
      curfews: {
        credential_reset: verdicts(10),
        subject_suspended: verdicts(8),
        subject_offboarded: verdicts(5),
        credential_changed: verdicts(3),
        device_lost: verdicts(2, 1),
        factor_changed: verdicts(3),
        access_reduced: verdicts(2),
      },
      survivors: { planted: 17, found: 17, dead: 17, endedWrongly: 0 },
      coverage: 1,
      latency: { n: 30, p50Ms: 700, p95Ms: 1_200, p99Ms: 1_200 },
      machine: { tooSlow: false, longestWaitMs: 40 },
    }
    const told = [
      ['subject_suspended', 1, 900, 'dara.abel130'],
      ['credential_reset', 3, 600, 'ada.grun41'],
      ['device_lost', 1, 1_100, 'june.dahl19'],
    ] as const
    const curfews = told.flatMap(([cause, sessions, ms, who]) =>
      Array.from({ length: sessions }, (_, at) => ({
        class: cause,
        session: `online/${who}-${at}`,
        certain: true,
        verdict: 'kept',
        dead: true,
        diedAfterMs: ms,
        deadBy: 'E3',
        endedByUs: true,
        acknowledgedAt: 0,
        subjectRef: who,
        causeAt: 0,
      })),
    )
    const drawn = drawView(
      {
        figures,
        found: { findings: [], curfews },
        names: new Map(told.map(([, , , who]) => [who, `${who}@example.com`])),
      },
      {
        ...{ url: 'http://127.0.0.1:42775', token: 'demo_…', seconds: 40 },
        ...{ people: 200, deadlineMs: 10_000 },
      },
      { columns: 80, rows: 27 },
    )
    const shown = /```text\n([\s\S]*?)```/.exec(demoPage)?.[1]
    expect(shown?.trimEnd()).toBe(drawn.trimEnd())
  })
})

describe('the files in docs/connect.md', () => {
  it('are taken as they stand, and say nothing that the examples do not', () => {
    const folder = mkdtempSync(join(tmpdir(), 'readme-'))
    const blocks = [...connectPage.matchAll(/```yaml\n# (\S+\.yaml)[\s\S]*?```/g)]
    for (const [block, name = ''] of blocks) {
      writeFileSync(join(folder, name), block.replaceAll(/```(yaml)?/g, ''))
    }
    const { instances } = loadConnections(join(folder, 'connections.yaml'), connectors)
    const { causes } = loadPolicy(join(folder, 'policy.yaml'), detectorIds())
    rmSync(folder, { recursive: true })
    expect(blocks).toHaveLength(2)
    const example = loadConnections('examples/connections.yaml', connectors).instances
    for (const [at, { provider, settings }] of instances.entries()) {
      expect(example[at]).toMatchObject({ provider, settings })
    }
    const enforced = Object.entries(causes).filter(([, { mode }]) => mode === 'enforce')
    expect(loadPolicy('examples/policy.yaml', detectorIds()).causes).toMatchObject(
      Object.fromEntries(enforced),
    )
  })
})

describe('the examples', () => {
  let connections: ConnectionsFile
  let policy: Policy
  let instances: readonly Instance[]
  const asked: string[] = []
  const ports = {
    send: () => Promise.reject(new Error('opening asks nobody for anything')),
    clock: makeClock().clock,
    log: silentLog,
    meter: idleMeter,
  }

  beforeAll(async () => {
    connections = loadConnections('examples/connections.yaml', connectors)
    policy = loadPolicy('examples/policy.yaml', detectorIds())
    const secretOf = ({ env = '' }: { readonly env?: string }) => {
      asked.push(env)
      return 'secret'
    }
    instances = openInstances(connections, connectors, { ...ports, secretOf })
  })

  it('open Keycloak and WorkOS as providers and as feeds, and an instance that is only judged', () => {
    expect(instances.map(({ provider }) => provider?.capabilities.kinds)).toEqual([
      ['online', 'offline'],
      ['online', 'agent'],
      undefined,
    ])
    const cursor = { read: () => Promise.resolve(null), write: () => Promise.resolve() }
    const feeds = openFeeds(instances, { ...ports, cursor })
    expect(feeds.map(({ id }) => id)).toEqual(['feed:sso', 'feed:workos'])
  })

  it('name every secret of docs/connect.md and none that would be taken for a setting', () => {
    const names = asked
    expect(names).toHaveLength(3)
    for (const name of names) {
      expect(name).not.toMatch(/^CURFEW_/)
      expect(connectPage).toContain(name)
    }
  })

  it('have tokens of the right shape that nobody can hold', () => {
    const tokens = connections.tokens.map(({ instance, ...token }) =>
      instance === undefined ? token : { ...token, instance },
    )
    expect(() => makeAuthenticate({ tokens })).not.toThrow()
    // A digest that begins with 63 zeros is nobody's: somebody may start with the file as it is.
    for (const { sha256 } of connections.tokens) expect(sha256).toMatch(/^0{63}/)
  })

  it('let only lifecycle causes and orders of people act unasked', () => {
    const acting = Object.entries(policy.causes).filter(([, { mode }]) => mode === 'enforce')
    expect(acting.map(([cause]) => cause)).toEqual([
      'credential_reset',
      'subject_suspended',
      'subject_offboarded',
      'operator_order',
    ])
    expect(policy.causes.finding.mode).toBe('approve')
    expect(policy.causes.grant_revoked).toEqual(defaultPolicy.causes.grant_revoked)
  })
})
