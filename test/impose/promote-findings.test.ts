import { describe, expect, it } from 'vitest'
import type { Finding } from '../../src/contract/finding.ts'
import { promoteFindings } from '../../src/impose/promote-findings.ts'

const finding: Finding = {
  tenant: 'acme',
  instance: 'sso',
  findingId: 'f1',
  version: 1,
  standing: true,
  detector: 'two-devices',
  severity: 'high',
  mode: 'act',
  at: 1_793_700_000_000,
  receivedAt: 1_793_700_001_000,
  rootKind: 'session',
  rootId: 's1',
  subjectRef: 'ref',
  sessionKind: 'online',
  sessionId: 's1',
  why: 'Two devices.',
  eventIds: ['e1', 'e2'],
  facts: {},
  asOf: 1_793_700_001_000,
}

/** The causes of findings in a store where these events were read live from a source that may act. */
async function causesOf(findings: readonly Partial<Finding>[], acting: readonly string[]) {
  const ask = async () => acting.map((event_id) => ({ event_id }))
  return await promoteFindings(
    findings.map((each) => ({ ...finding, ...each })),
    { ask },
  )
}

describe('promoteFindings', () => {
  it('lets the cause of a finding act only where every event of it may', async () => {
    const mayAct = async (eventIds: string[], acting: string[]) =>
      (await causesOf([{ eventIds }], acting)).map((cause) => cause.mayAct)
    expect(await mayAct(['e1', 'e2'], ['e1', 'e2'])).toEqual([true])
    expect(await mayAct(['e1', 'e2'], ['e1'])).toEqual([false])
    expect(await mayAct([], ['e1'])).toEqual([false])
  })

  it('makes no cause of a finding that is withdrawn, only informs, or is about a person or a network', async () => {
    const none: readonly Partial<Finding>[] = [
      { standing: false },
      { mode: 'inform' },
      { mode: 'shadow' },
      { rootKind: 'subject', rootId: 'ref', sessionKind: '', sessionId: '' },
      { rootKind: 'network', rootId: '64500', sessionKind: '', sessionId: '' },
      { rootKind: 'grant', rootId: '', sessionKind: '', sessionId: '' },
    ]
    expect(await causesOf(none, ['e1', 'e2'])).toEqual([])
  })

  it('condemns the sessions of a grant or a device, and only proposes to end those of an organization', async () => {
    const roots = ['grant', 'device', 'connection', 'organization'] as const
    const causes = await causesOf(
      roots.map((rootKind) => ({ rootKind, rootId: 'x', sessionKind: '', sessionId: '' })),
      ['e1', 'e2'],
    )
    expect(causes.map(({ scopeKind, scopeId, modeMax }) => [scopeKind, scopeId, modeMax])).toEqual([
      ['grant', 'x', 'enforce'],
      ['device', 'x', 'enforce'],
      ['connection', 'x', 'approve'],
      ['organization', 'x', 'approve'],
    ])
  })

  it('only proposes what policy lets propose', async () => {
    const causes = await causesOf([{ mode: 'propose' }], ['e1', 'e2'])
    expect(causes.map(({ modeMax, eventId }) => [modeMax, eventId])).toEqual([['approve', 'f1']])
  })
})
