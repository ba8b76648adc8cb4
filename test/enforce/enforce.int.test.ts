import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { replacedCauseRow } from '../../src/contract/rows.ts'
import { enforcing, minute } from './scene.ts'
import type { Stage } from './stage.ts'
import { openStage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await openStage()
})
afterAll(() => stage.close())

describe('a session under a curfew', () => {
  it('is ended, read back as gone, and its curfew is kept', async () => {
    const scene = stage.scene()
    await scene.session('s1')
    await scene.cause('credential_reset')
    const enforcer = await scene.open()
    await scene.settle(enforcer)
    expect(scene.idp.isAlive('s1')).toBe(false)
    expect(scene.idp.revokes('s1')).toBe(1)
    expect(await scene.steps('s1')).toEqual([
      'proposed',
      'queued',
      'dispatching',
      'acknowledged',
      'verifying',
      'contained',
    ])
    expect(await scene.verdicts()).toMatchObject([
      { verdict: 'kept', outcome: 'contained_in_time', dead_by: 'E2', order_state: 'contained' },
    ])
    expect(scene.notices).toEqual([])
  })

  it('is proved gone by two complete lists where it cannot be read by its id', async () => {
    const scene = stage.scene({ canRead: false })
    await scene.session('s1')
    await scene.session('s2')
    await scene.cause('credential_reset')
    await scene.settle(await scene.open())
    expect(await scene.verdicts()).toMatchObject([
      { session_id: 's1', verdict: 'kept', dead_by: 'E2', order_state: 'contained' },
      { session_id: 's2', verdict: 'kept', dead_by: 'E2', order_state: 'contained' },
    ])
    const after = scene.idp.calls.slice(
      scene.idp.calls.findLastIndex(({ call }) => call === 'revoke'),
    )
    expect(after.filter(({ call }) => call === 'list').length).toBeGreaterThanOrEqual(2)
  })

  it('is found and ended though no event ever named it', async () => {
    const scene = stage.scene()
    await scene.name('ada')
    scene.idp.open('idle', 'ada', { createdAt: scene.now() - 30 * 24 * 60 * minute })
    await scene.cause('subject_suspended')
    await scene.settle(await scene.open())
    expect(scene.idp.isAlive('idle')).toBe(false)
    expect(await scene.verdicts()).toMatchObject([{ session_id: 'idle', verdict: 'kept' }])
    expect(
      await scene.store.ask(
        'select toString(found_by) as found_by from curfews where tenant = {tenant:String}',
        { tenant: scene.tenant },
      ),
    ).toEqual([{ found_by: 'listing' }])
  })

  it('is ended by one order however many curfews ask for it', async () => {
    const scene = stage.scene()
    await scene.session('s1')
    await scene.cause('credential_reset')
    await scene.cause('subject_suspended')
    scene.kill.on = true
    const enforcer = await scene.open()
    await scene.settle(enforcer)
    await scene.cause('device_lost', { scopeKind: 'session', sessionId: 's1' })
    await scene.settle(enforcer)
    scene.kill.on = false
    await scene.settle(enforcer)
    expect(scene.idp.revokes('s1')).toBe(1)
    expect(await scene.verdicts()).toMatchObject([
      { class: 'credential_reset', verdict: 'kept', order_state: 'contained' },
      { class: 'device_lost', verdict: 'kept', order_state: 'contained' },
      { class: 'subject_suspended', verdict: 'kept', order_state: 'contained' },
    ])
  })

  it('stays untouched when it was created after its cause or ended before it', async () => {
    const scene = stage.scene()
    await scene.session('old')
    scene.idp.end('old')
    await scene.event('session.ended', 'old', 'ada')
    await scene.time.advance(minute)
    await scene.cause('credential_reset')
    await scene.time.advance(minute)
    scene.idp.open('new', 'ada')
    await scene.event('session.created', 'new', 'ada')
    await scene.settle(await scene.open())
    expect(scene.idp.isAlive('new')).toBe(true)
    expect(scene.idp.calls.filter(({ call }) => call === 'revoke')).toEqual([])
    expect(await scene.verdicts()).toEqual([])
  })

  it('is left alone when its id names another session by now', async () => {
    const scene = stage.scene()
    await scene.session('again')
    await scene.cause('credential_reset')
    scene.kill.on = true
    const enforcer = await scene.open()
    await scene.settle(enforcer)
    await scene.time.advance(minute)
    await scene.event('session.ended', 'again', 'ada')
    await scene.time.advance(minute)
    await scene.event('session.created', 'again', 'ada')
    scene.kill.on = false
    await scene.settle(enforcer)
    expect(scene.idp.isAlive('again')).toBe(true)
    expect(scene.idp.revokes('again')).toBe(0)
  })
})

describe('the exemption of an authenticated change', () => {
  it('spares the session that made it, and ends the others', async () => {
    const scene = stage.scene()
    await scene.session('mine')
    await scene.session('other')
    await scene.cause('credential_changed', { exemptSessionId: 'mine' })
    await scene.settle(await scene.open())
    expect(scene.idp.isAlive('mine')).toBe(true)
    expect(scene.idp.isAlive('other')).toBe(false)
  })

  it('holds once a change turns out to be no recovery: an order for its session is withdrawn', async () => {
    const scene = stage.scene()
    await scene.session('mine')
    const enforcer = await scene.open()
    const reset = await scene.cause('credential_reset', { modeMax: 'approve' })
    await scene.settle(enforcer)
    expect((await scene.steps('mine')).at(-1)).toBe('awaiting_approval')
    const { eventId } = reset
    const changed = await scene.cause('credential_changed', { eventId, exemptSessionId: 'mine' })
    await scene.store.append('replaced_causes', [
      replacedCauseRow({ ...reset, byCauseId: changed.causeId, at: scene.now() }),
    ])
    await scene.settle(enforcer)
    expect((await scene.steps('mine')).at(-1)).toBe('cancelled')
    expect(await scene.verdicts()).toEqual([])
    expect(scene.idp.isAlive('mine')).toBe(true)
  })

  it('falls as soon as somebody is shown a finding on that session, even later', async () => {
    const scene = stage.scene()
    await scene.session('mine')
    const enforcer = await scene.open()
    await scene.cause('credential_changed', { exemptSessionId: 'mine' })
    await scene.settle(enforcer)
    expect(scene.idp.isAlive('mine')).toBe(true)
    const finding = { tenant: scene.tenant, instance: scene.instance, standing: true, version: 1 }
    const on = { session_kind: 'online', session_id: 'mine', subject_ref: scene.refOf('ada') }
    const at = { at: scene.iso(scene.now()), received_at: scene.iso(scene.now()) }
    await scene.store.append('findings', [
      { ...finding, ...on, ...at, finding_id: 'quiet', mode: 'shadow', event_ids: [] },
    ])
    await scene.settle(enforcer)
    expect(scene.idp.isAlive('mine')).toBe(true)
    await scene.store.append('findings', [
      { ...finding, ...on, ...at, finding_id: 'loud', mode: 'inform', event_ids: [] },
    ])
    await scene.settle(enforcer)
    expect(scene.idp.isAlive('mine')).toBe(false)
  })
})

describe('wide scopes', () => {
  it('reach the sessions of a connection, and only those', async () => {
    const scene = stage.scene()
    for (const id of ['a1', 'a2', 'b1']) await scene.session(id, `user-${id}`)
    await scene.tie('connection', 'okta-saml', 'a1')
    await scene.tie('connection', 'okta-saml', 'a2')
    await scene.tie('connection', 'google', 'b1')
    await scene.cause('connection_deactivated', {
      scopeKind: 'connection',
      scopeId: 'okta-saml',
      subjectRef: '',
    })
    await scene.settle(await scene.open())
    expect(['a1', 'a2', 'b1'].map(scene.idp.isAlive)).toEqual([false, false, true])
  })

  it('reach the sessions of one member in one organization, and nobody else there', async () => {
    const scene = stage.scene()
    await scene.session('here', 'ada')
    await scene.session('elsewhere', 'ada')
    await scene.session('colleague', 'bob')
    await scene.tie('organization', 'org-1', 'here')
    await scene.tie('organization', 'org-2', 'elsewhere')
    await scene.tie('organization', 'org-1', 'colleague')
    await scene.cause('membership_deactivated', {
      scopeKind: 'subject_organization',
      scopeId: 'org-1',
    })
    await scene.settle(await scene.open())
    const alive = ['here', 'elsewhere', 'colleague'].map(scene.idp.isAlive)
    expect(alive).toEqual([false, true, true])
  })

  it('reach nobody when they name nothing', async () => {
    const scene = stage.scene()
    await scene.session('s1')
    await scene.cause('device_lost', { scopeKind: 'device', scopeId: '', subjectRef: '' })
    await scene.cause('subject_suspended', { subjectRef: '' })
    await scene.cause('credential_reset', { scopeKind: 'session', sessionId: '' })
    await scene.settle(await scene.open())
    expect(scene.idp.isAlive('s1')).toBe(true)
    expect(await scene.steps('s1')).toEqual([])
  })

  it('are carried out in waves, the next when the one before is over', async () => {
    const guards = { ...enforcing.guards, wave_sizes: [2, 3] }
    const scene = stage.scene({ policy: { ...enforcing, guards } })
    const ids = Array.from({ length: 8 }, (_, index) => `w${index}`)
    for (const id of ids) {
      await scene.session(id, `user-${id}`)
      await scene.tie('connection', 'saml', id)
    }
    scene.idp.lies.keepsAlive = true
    await scene.cause('connection_deactivated', { scopeKind: 'connection', scopeId: 'saml' })
    const enforcer = await scene.open()
    await scene.pass(enforcer, 3_000)
    expect(scene.idp.calls.filter(({ call }) => call === 'revoke')).toHaveLength(2)
    scene.idp.lies.keepsAlive = false
    for (const id of ids) if (scene.idp.revokes(id) > 0) scene.idp.end(id)
    await scene.pass(enforcer, 12_000, 2_000)
    expect(ids.filter(scene.idp.isAlive)).toEqual([])
  })
})

describe('an enforcer with nothing to do', () => {
  it('asks the store one small question and the providers nothing', async () => {
    const scene = stage.scene()
    await scene.session('s1')
    await scene.cause('credential_reset')
    const asked: string[] = []
    const enforcer = await scene.open({
      ask: (ask) => (sql, values) => {
        asked.push(sql)
        return ask(sql, values)
      },
    })
    await scene.settle(enforcer)
    const calls = scene.idp.calls.length
    asked.length = 0
    await enforcer.tick()
    await enforcer.tick()
    expect(asked).toHaveLength(2)
    expect(scene.idp.calls).toHaveLength(calls)
  })
})
