import { describe, expect, it } from 'vitest'
import type { Settings } from '../../src/config/settings.ts'
import { readSettings } from '../../src/config/settings.ts'
import type { Finding } from '../../src/contract/finding.ts'
import type { Send } from '../../src/contract/ports.ts'
import type { Notice } from '../../src/enforce/notices/notice.ts'
import { openNotifications } from '../../src/runtime/notifications.ts'
import { idleMeter, makeClock, settle, silentLog } from '../given.ts'

const address = {
  CURFEW_NOTIFY_URL: 'https://hooks.example.com/curfew',
  CURFEW_NOTIFY_SECRET: `whsec_${Buffer.alloc(24, 7).toString('base64')}`,
}

/** A channel, what it sent, and what it logged instead. */
function aTelling(settings: Settings = { ...readSettings({}), ...address }) {
  const sent: { url: string; said: { type: string; data: object } }[] = []
  const warned: object[] = []
  const send: Send = async (url, { body = '' }) => {
    sent.push({ url, said: JSON.parse(body) })
    return { status: 200, headers: {}, text: '' }
  }
  const log = { ...silentLog, warn: (fields: object) => warned.push(fields) }
  const { clock } = makeClock()
  return {
    telling: openNotifications(settings, { send, clock, log, meter: idleMeter }),
    sent,
    warned,
  }
}

const aNotice: Notice = {
  kind: 'broken',
  noticeId: 'broken o1 7',
  tenant: 'acme',
  instance: 'sso',
  sessionKind: 'online',
  sessionId: 's1',
  subjectRef: 'ref',
  orderId: 'o1',
  curfewIds: ['c1'],
  reason: 'HTTP 418: ada@example.com is no teapot',
  at: Date.UTC(2026, 10, 3),
}

const aFinding: Finding = {
  tenant: 'acme',
  instance: 'sso',
  findingId: 'f1',
  version: 1,
  standing: true,
  detector: 'used-after-revoked',
  severity: 'critical',
  mode: 'inform',
  at: Date.UTC(2026, 10, 3),
  receivedAt: Date.UTC(2026, 10, 3),
  rootKind: 'session',
  rootId: 's1',
  subjectRef: 'ref',
  sessionKind: 'online',
  sessionId: 's1',
  why: 'ada@example.com used it from 198.51.100.7',
  eventIds: ['e1'],
  facts: {},
  asOf: null,
}

describe('what people are told', () => {
  it.each([
    ['broken', 'curfew.broken', 'end_not_proven'],
    ['breach', 'session.used_after_revocation', 'lives_again'],
    ['held', 'order.held', 'undecided'],
    ['failed', 'order.held', 'not_carried_out'],
  ] as const)(
    'is, when the enforcer says %s, a %s with ids and one word',
    async (kind, type, reason) => {
      const { telling, sent } = aTelling()
      telling.ofEnforcer({ ...aNotice, kind })
      await settle()
      await telling.close()
      expect(sent).toEqual([
        {
          url: address.CURFEW_NOTIFY_URL,
          said: {
            type,
            timestamp: '2026-11-03T00:00:00.000Z',
            data: {
              tenant: 'acme',
              instance: 'sso',
              order_id: 'o1',
              session_kind: 'online',
              session_id: 's1',
              subject_ref: 'ref',
              reason,
            },
          },
        },
      ])
    },
  )

  it('is that the lists of a provider cannot be used, with its instance and one word', async () => {
    const { telling, sent } = aTelling()
    telling.ofEnforcer({ ...aNotice, kind: 'unlisted', sessionId: '', orderId: '' })
    await settle()
    await telling.close()
    expect(sent.map(({ said }) => said)).toMatchObject([
      {
        type: 'provider.unlisted',
        data: { tenant: 'acme', instance: 'sso', reason: 'lists_unusable' },
      },
    ])
  })

  it('names the guard that holds an order, and says whether a broken curfew was seen alive', async () => {
    const { telling, sent } = aTelling()
    telling.ofEnforcer({
      ...aNotice,
      kind: 'held',
      guard: 'mass-stop',
      reason: '812 of ada@example.com (guard mode)',
    })
    telling.ofEnforcer({ ...aNotice, noticeId: 'broken c1', orderId: '' })
    await settle()
    await telling.close()
    expect(sent.map(({ said }) => said.data)).toMatchObject([
      { reason: 'guard:mass-stop' },
      { reason: 'alive_after_deadline' },
    ])
  })

  it('is that intake stopped, of whom, where and by one word why', async () => {
    const { telling, sent } = aTelling()
    const since = Date.UTC(2026, 10, 3)
    const feed = { tenant: 'acme', instance: 'sso', source: 'feed:sso', since }
    telling.ofIntake({ ...feed, reason: 'source_down' })
    telling.ofIntake({ ...feed, reason: 'source_down' })
    telling.ofIntake({ ...feed, instance: '', source: '', reason: 'failed_for_good' })
    await settle()
    await telling.close()
    const timestamp = '2026-11-03T00:00:00.000Z'
    expect(sent.map(({ said }) => said)).toEqual([
      {
        type: 'intake.stopped',
        timestamp,
        data: { tenant: 'acme', instance: 'sso', source: 'feed:sso', reason: 'source_down' },
      },
      { type: 'intake.stopped', timestamp, data: { tenant: 'acme', reason: 'failed_for_good' } },
    ])
  })

  it('is that a source fills a field with what cannot be used, and which', async () => {
    const { telling, sent } = aTelling()
    const since = Date.UTC(2026, 10, 3)
    const source = { tenant: 'acme', instance: 'sso', source: 'kafka:events' }
    telling.ofUnusableField({ ...source, field: 'ip', share: 0.4, since })
    await settle()
    await telling.close()
    expect(sent.map(({ said }) => said)).toEqual([
      {
        type: 'intake.fields_left_out',
        timestamp: '2026-11-03T00:00:00.000Z',
        data: {
          instance: 'sso',
          source: 'kafka:events',
          field: 'ip',
          tenant: 'acme',
          reason: 'often_unusable',
        },
      },
    ])
  })

  it('is that code failed on what an event holds, once a day for each part', async () => {
    const { telling, sent } = aTelling()
    const fault = {
      ...{ tenant: 'acme', instance: 'sso', source: 'kafka:events', error: 'TypeError', line: '' },
    }
    for (const part of ['keycloak', 'keycloak', 'workos']) {
      telling.ofCodeFault({ ...fault, stage: 'decode', part })
    }
    await settle()
    await telling.close()
    expect(sent.map(({ said }) => [said.type, said.data])).toEqual(
      ['keycloak', 'workos'].map((part) => [
        'intake.code_fault',
        {
          ...{ tenant: 'acme', instance: 'sso', source: 'kafka:events' },
          ...{ stage: 'decode', part, reason: 'failed_on_an_event' },
        },
      ]),
    )
  })

  it('is what a provider leaves out, and which causes reach nobody, once a day', async () => {
    const { telling, sent } = aTelling()
    const at = Date.UTC(2026, 10, 3)
    const own = { tenant: 'acme', instance: 'sso' }
    const unread = {
      ...own,
      source: 'feed:sso',
      format: 'keycloak',
      name: 'UPDATE USER',
      why: 'incomplete',
      lack: 'admin_event_representation',
      messages: 1,
    } as const
    const found = {
      ...own,
      class: 'access_reduced',
      scopeKind: 'session',
      causeId: 'c1',
      causes: 2,
    }
    for (const day of ['2026-11-03', '2026-11-03', '2026-11-04']) {
      telling.ofMissingCauses(unread, day, at)
      telling.ofUnreachableCause(found, day, at)
    }
    await settle()
    await telling.close()
    expect(sent).toHaveLength(4)
    expect(sent.map(({ said }) => [said.type, said.data]).slice(0, 2)).toEqual([
      ['provider.blind', { ...own, source: 'feed:sso', reason: 'admin_event_representation' }],
      [
        'cause.unreachable',
        {
          ...own,
          cause_class: 'access_reduced',
          scope_kind: 'session',
          cause_id: 'c1',
          reason: 'reaches_no_session',
        },
      ],
    ])
  })

  it('is told once for the same occurrence', async () => {
    const { telling, sent } = aTelling()
    telling.ofEnforcer(aNotice)
    telling.ofEnforcer({ ...aNotice, at: aNotice.at + 1_000 })
    telling.ofFindings([aFinding])
    telling.ofFindings([{ ...aFinding, version: 2 }])
    await settle()
    await telling.close()
    expect(sent.map(({ said }) => said.type)).toEqual([
      'curfew.broken',
      'session.used_after_revocation',
    ])
  })

  it('is a breach when a finding is critical, without the words of the event', async () => {
    const { telling, sent } = aTelling()
    telling.ofFindings([aFinding])
    await settle()
    await telling.close()
    expect(sent[0]?.said.data).toEqual({
      tenant: 'acme',
      instance: 'sso',
      finding_id: 'f1',
      session_kind: 'online',
      session_id: 's1',
      subject_ref: 'ref',
    })
  })

  it('is nothing of findings that are less, taken back, or shadowed', async () => {
    const { telling, sent } = aTelling()
    telling.ofFindings([
      { ...aFinding, severity: 'high' },
      { ...aFinding, standing: false },
      { ...aFinding, mode: 'shadow' },
    ])
    await settle()
    await telling.close()
    expect(sent).toEqual([])
  })

  it('is a line of the log where no address is set', async () => {
    const { telling, sent, warned } = aTelling(readSettings({}))
    telling.ofEnforcer(aNotice)
    telling.ofFindings([aFinding])
    await telling.close()
    expect(sent).toEqual([])
    expect(warned).toMatchObject([
      { notification: { kind: 'curfew.broken', ids: { order_id: 'o1' } } },
      { notification: { kind: 'session.used_after_revocation', ids: { finding_id: 'f1' } } },
    ])
  })
})
