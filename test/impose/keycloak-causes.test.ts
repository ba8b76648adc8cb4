import { describe, expect, it } from 'vitest'
import { lead } from './keycloak-play.ts'
import { adminEvent, flow, userEvent } from './keycloak-tales.ts'

const old = flow('s-old', 0)
const asked = (codeId: string) => userEvent(20, 'SEND_RESET_PASSWORD', { code_id: codeId })

describe.each([1, 2, 100])('in batches of %i', (size) => {
  const told = async (...events: readonly (object | readonly object[])[]) => {
    const { causes, curfews } = await lead(events.flat(), size)
    return {
      causes: causes.map(({ class: is, exemptSessionId }) => [is, exemptSessionId]),
      condemned: curfews.map(({ class: is, sessionId }) => [is, sessionId]),
    }
  }

  it('a password reset through the link of a mail condemns the older session and exempts nobody', async () => {
    expect(await told(old.signIn(), asked('s-new'), flow('s-new', 21).changePassword())).toEqual({
      causes: [['credential_reset', '']],
      condemned: [['credential_reset', 's-old']],
    })
  })

  it('a link that was opened in another browser is a recovery too', async () => {
    const changed = flow('s-phone', 21).changePassword().slice(0, 2)
    const { causes, condemned } = await told(old.signIn(), asked('s-asked'), changed)
    expect(causes.map(([is]) => is)).toEqual(['credential_reset'])
    expect(condemned).toEqual([['credential_reset', 's-old']])
  })

  it('a reset by mail in the browser that is signed in condemns that session as well', async () => {
    const changed = flow('s-old', 21).changePassword()
    const { condemned } = await told(old.signIn(), asked('s-old'), changed)
    expect(condemned).toEqual([['credential_reset', 's-old']])
  })

  it('a password that an administrator demanded is a recovery, and its new session is not condemned', async () => {
    const representation = { requiredActions: ['UPDATE_PASSWORD'] }
    const demanded = adminEvent(20, 'UPDATE', 'USER', 'users/u-ada', representation)
    expect(await told(old.signIn(), demanded, flow('s-new', 21).changePassword())).toEqual({
      causes: [['credential_reset', '']],
      condemned: [['credential_reset', 's-old']],
    })
  })

  it('a temporary password condemns what is older than the reset, and not what it let in', async () => {
    const reset = adminEvent(20, 'ACTION', 'USER', 'users/u-ada/reset-password')
    const changed = flow('s-new', 40).changePassword()
    const { causes, condemned } = await told(old.signIn(), reset, changed)
    expect(new Set(causes.map(([is]) => is))).toEqual(new Set(['credential_reset']))
    expect(new Set(condemned.map(([, id]) => id))).toEqual(new Set(['s-old']))
  })

  it('a change while signed in exempts its session, though a stranger asked for a mail', async () => {
    const mine = [flow('s-mine', 5).signIn(), asked('s-stranger')]
    const changed = flow('s-mine', 21).changePassword()
    expect(await told(old.signIn(), ...mine.flat(), changed)).toEqual({
      causes: [['credential_changed', 's-mine']],
      condemned: [['credential_changed', 's-old']],
    })
  })

  it('a mail that nobody answers is no cause', async () => {
    expect(await told(old.signIn(), asked('s-x'))).toEqual({ causes: [], condemned: [] })
  })

  it.each([
    ['DELETE', 'REALM_ROLE_MAPPING', 'users/u-ada/role-mappings/realm'],
    ['DELETE', 'CLIENT_ROLE_MAPPING', 'users/u-ada/role-mappings/clients/c1'],
    ['DELETE', 'GROUP_MEMBERSHIP', 'users/u-ada/groups/g1'],
    ['DELETE', 'ORGANIZATION_MEMBERSHIP', 'organizations/o1/members/u-ada'],
    ['DELETE', 'USER', 'users/u-ada/federated-identity/corp'],
  ])('%s %s reaches the sessions of its user by default', async (operation, resource, path) => {
    const { condemned } = await told(old.signIn(), adminEvent(20, operation, resource, path))
    expect(condemned).toEqual([['access_reduced', 's-old']])
  })

  it('an online token that its client gave back withdraws nothing, an offline one does', async () => {
    const revoked = (kind: string) =>
      userEvent(20, 'REVOKE_GRANT', { revoked_client: 'app', refresh_token_type: kind })
    expect((await told(old.signIn(), revoked('Refresh'))).causes).toEqual([])
    expect((await told(old.signIn(), revoked('Offline'))).causes).toEqual([['grant_revoked', '']])
  })

  it('a session whose time was over, or whose user or realm was signed out, is not condemned by what comes later', async () => {
    const details = { reason: 'user_session_expired' }
    const expired = userEvent(20, 'USER_SESSION_DELETED', details, { sessionId: 's-old' })
    const signedOut = adminEvent(20, 'ACTION', 'USER', 'users/u-ada/logout')
    const allOut = adminEvent(20, 'ACTION', 'REALM', 'logout-all', {})
    const disabled = adminEvent(60, 'UPDATE', 'USER', 'users/u-ada', { enabled: false })
    for (const ended of [expired, signedOut, allOut]) {
      expect(await told(old.signIn(), ended, disabled)).toEqual({
        causes: [['subject_suspended', '']],
        condemned: [],
      })
    }
  })
})
