import { Webhook } from 'standardwebhooks'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Send, SendAnswer, SendRequest } from '../../src/contract/ports.ts'
import type { WorkDone } from '../../src/contract/work.ts'
import type { Notification } from '../../src/runtime/notify.ts'
import { openNotifier } from '../../src/runtime/notify.ts'
import { idleMeter, makeClock, settle, silentLog } from '../given.ts'

const secret = `whsec_${Buffer.from('a secret of thirty-two bytes....').toString('base64')}`
const url = 'https://hooks.example.com/curfew'
const ok: SendAnswer = { status: 204, headers: {}, text: '' }
const aNotification = (id: string): Notification => ({
  id,
  kind: 'curfew.broken',
  tenant: 'acme',
  at: Date.parse('2026-11-03T08:59:00.000Z'),
  ids: { instance: 'one', curfew_id: 'c1', session_id: 's1', subject_ref: 'f'.repeat(32) },
  reason: 'credential_reset',
})

function given(answer: (call: number) => SendAnswer | Error = () => ok) {
  const calls: { readonly url: string; readonly request: SendRequest }[] = []
  const counted: string[] = []
  const time = makeClock()
  const send: Send = async (to, request) => {
    calls.push({ url: to, request })
    const given = answer(calls.length)
    if (given instanceof Error) throw given
    return given
  }
  const meter = {
    ...idleMeter,
    count: (_: string, labels = {}, by = 1) => {
      for (let each = 0; each < by; each += 1) counted.push(Object.values(labels).join())
    },
  }
  const works: WorkDone[] = []
  const onWork = (done: WorkDone) => void works.push(done)
  const ports = { send, clock: time.clock, log: silentLog, meter, onWork }
  const notifier = openNotifier({ url, secret, ...ports })
  return { calls, counted, time, notifier, works }
}

describe('the address and the secret', () => {
  it.each([
    'http://hooks.example.com/',
    'ftp://hooks.example.com/',
    'https://name:password@hooks.example.com/',
    'http://169.254.169.254/latest',
    'not an address',
  ])('stop the start when the address is %s', (bad) => {
    const ports = { send: async () => ok, clock: makeClock().clock, log: silentLog }
    expect(() => openNotifier({ url: bad, secret, meter: idleMeter, ...ports })).toThrow(
      expect.objectContaining({ code: 'SETTINGS_INVALID' }),
    )
  })

  it('stop the start, without being quoted, when the secret is none', () => {
    const ports = { send: async () => ok, clock: makeClock().clock, log: silentLog }
    expect(() => openNotifier({ url, secret: 'whsec_%%%', meter: idleMeter, ...ports })).toThrow(
      expect.not.stringContaining('%%%'),
    )
  })
})

describe('a notice', () => {
  // The official verifier asks `Date` whether a signature is of the last minutes.
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: makeClock().clock.now() }))
  afterEach(() => void vi.useRealTimers())

  it('is signed so that the official verifier accepts it', async () => {
    const { calls, notifier } = given()
    notifier.notify(aNotification('n1'))
    await settle()
    const { body = '', headers = {} } = calls[0]?.request ?? {}
    expect(new Webhook(secret).verify(body, headers)).toEqual({
      type: 'curfew.broken',
      timestamp: '2026-11-03T08:59:00.000Z',
      data: {
        tenant: 'acme',
        instance: 'one',
        curfew_id: 'c1',
        session_id: 's1',
        subject_ref: 'f'.repeat(32),
        reason: 'credential_reset',
      },
    })
    await notifier.close()
  })

  it('does not verify once a byte of it is changed', async () => {
    const { calls, notifier } = given()
    notifier.notify(aNotification('n1'))
    await settle()
    const { body = '', headers = {} } = calls[0]?.request ?? {}
    expect(() => new Webhook(secret).verify(body.replace('c1', 'c2'), headers)).toThrow()
    await notifier.close()
  })

  it('goes to the address of the settings and follows no redirect', async () => {
    const moved = { status: 302, headers: { location: 'http://169.254.169.254/' }, text: '' }
    const { calls, counted, notifier } = given(() => moved)
    notifier.notify(aNotification('n1'))
    await settle()
    expect(calls.map((call) => call.url)).toEqual([url])
    expect(counted).toEqual(['refused'])
    await notifier.close()
  })

  it('is told once, however often it is handed in', async () => {
    const { calls, counted, notifier } = given()
    notifier.notify(aNotification('n1'))
    notifier.notify(aNotification('n1'))
    await settle()
    expect(calls).toHaveLength(1)
    expect(counted).toContain('repeated')
    await notifier.close()
  })

  it('is tried again, signed anew and ever later, until it is accepted', async () => {
    const { calls, counted, time, notifier } = given((call) => (call < 4 ? new Error('reset') : ok))
    notifier.notify(aNotification('n1'))
    await settle()
    const seen = [calls.length]
    for (const ms of [999, 1, 1_999, 1, 3_999, 1]) {
      await time.advance(ms)
      seen.push(calls.length)
    }
    expect(seen).toEqual([1, 1, 2, 2, 3, 3, 4])
    const stamps = new Set(calls.map((call) => call.request.headers?.['webhook-signature']))
    expect(stamps.size).toBeGreaterThan(1)
    expect(counted.at(-1)).toBe('delivered')
    await notifier.close()
  })

  it('waits as long as the receiver asks', async () => {
    const busy = { status: 429, headers: { 'retry-after': '30' }, text: '' }
    const { calls, time, notifier } = given((call) => (call === 1 ? busy : ok))
    notifier.notify(aNotification('n1'))
    await settle()
    await time.advance(29_999)
    expect(calls).toHaveLength(1)
    await time.advance(1)
    expect(calls).toHaveLength(2)
    await notifier.close()
  })

  it('is given up after a quarter of an hour, and may then be told again', async () => {
    const { calls, counted, time, notifier } = given(() => new Error('away'))
    notifier.notify(aNotification('n1'))
    await time.advance(16 * 60_000)
    expect(counted.at(-1)).toBe('given_up')
    const before = calls.length
    notifier.notify(aNotification('n1'))
    await settle()
    expect(calls).toHaveLength(before + 1)
    await notifier.close()
  })

  it('does not wait behind another that the receiver refuses', async () => {
    const { calls, counted, notifier } = given((call) =>
      call === 1 ? { status: 400, headers: {}, text: '' } : ok,
    )
    notifier.notify(aNotification('refused'))
    notifier.notify(aNotification('fine'))
    await settle()
    expect(calls.map((call) => call.request.headers?.['webhook-id'])).toEqual(['refused', 'fine'])
    expect(counted).toContain('delivered')
    await notifier.close()
  })
})

describe('the queue', () => {
  it('drops the oldest when a thousand wait, and counts each', async () => {
    const { counted, notifier } = given(() => new Error('away'))
    for (let each = 0; each < 1_003; each += 1) notifier.notify(aNotification(`n${each}`))
    expect(counted.filter((result) => result === 'dropped')).toHaveLength(3)
    await notifier.close()
  })

  it('that waits when it is closed still gets out, within the time that is left for it', async () => {
    const { calls, counted, notifier } = given()
    notifier.notify(aNotification('n1'))
    notifier.notify(aNotification('n2'))
    await notifier.close(2_000)
    expect([calls.length, counted.filter((what) => what === 'given_up')]).toEqual([2, []])
  })

  it('holds up nobody longer than that time when its receiver is away', async () => {
    const { calls, counted, notifier, time } = given(() => new Error('away'))
    notifier.notify(aNotification('n1'))
    let isClosed = false
    const closing = notifier.close(2_000).then(() => {
      isClosed = true
    })
    notifier.notify(aNotification('n2'))
    await settle()
    await time.advance(1_999)
    expect(isClosed).toBe(false)
    await time.advance(1)
    await closing
    expect(calls.length).toBe(2)
    expect(counted.filter((what) => what === 'given_up')).toEqual(['given_up'])
  })

  it('takes nothing any more once it is closed', async () => {
    const { calls, notifier } = given()
    await notifier.close()
    notifier.notify(aNotification('late'))
    await settle()
    expect(calls).toHaveLength(0)
  })
})

it('notices that nobody takes are work that fails, until one is taken', async () => {
  const { notifier, time, works } = given((call) => (call < 3 ? new Error('away') : ok))
  notifier.notify(aNotification('n1'))
  await settle()
  await time.advance(10_000)
  expect(works.map(({ work, error }) => [work, error !== undefined])).toEqual([
    ['notices', true],
    ['notices', true],
    ['notices', false],
  ])
  await notifier.close()
})
