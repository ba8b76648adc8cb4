import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defaultPolicy } from '../../src/config/policy.ts'
import { eventually } from '../parts/eventually.ts'
import { keycloakVersions, startKeycloak } from '../parts/keycloak.ts'
import type { TestRealm } from '../parts/keycloak-realm.ts'
import { login, makeRealm } from '../parts/keycloak-realm.ts'
import type { TestKeycloak } from '../parts/keycloak-server.ts'
import type { MailSink } from '../parts/mail-sink.ts'
import { openMailSink } from '../parts/mail-sink.ts'
import { lacks } from '../parts/needs.ts'
import type { Heard } from './keycloak-heard.ts'
import { hear } from './keycloak-heard.ts'
import type { Person } from './keycloak-people.ts'
import {
  changeOwn,
  demandPassword,
  disable,
  haveGroupDeleted,
  haveRoleDeleted,
  logOutEverywhere,
  loseGroup,
  loseOrganization,
  losePartOfRole,
  loseRole,
  loseRoleOfGroup,
  makePerson,
  obeyDemand,
  remove,
  resetByMail,
  revoke,
  setTemporaryPassword,
  updateWithPassword,
  withdrawConsent,
} from './keycloak-people.ts'

const firstStartTimeoutMs = 900_000
const describeHere = describe.skipIf(lacks('keycloak', import.meta.filename))

describeHere.each(keycloakVersions())('what a real Keycloak %s tells', (version) => {
  let keycloak: TestKeycloak
  let realm: TestRealm
  let mails: MailSink
  let heard: Heard
  let people: Awaited<ReturnType<typeof liveThrough>>

  beforeAll(async () => {
    keycloak = await startKeycloak(version)
    realm = await makeRealm(keycloak)
    mails = await openMailSink()
    const smtpServer = { host: '127.0.0.1', port: String(mails.port), from: 'idp@example.com' }
    const settings = { resetPasswordAllowed: true, organizationsEnabled: true, smtpServer }
    await realm.asAdmin('PUT', '', settings)
    heard = await hear(realm)
    people = await liveThrough({ realm, mails, heard })
    await heard.settle()
  }, firstStartTimeoutMs)

  afterAll(async () => {
    await heard?.close()
    await mails?.[Symbol.asyncDispose]()
    await realm?.remove()
    await keycloak?.stop()
  })

  const outcomeOf = async ({ user }: Person) => ({
    causes: await heard.causesOf(user),
    condemned: await heard.condemnedOf(user),
  })

  it('a password reset by mail exempts nobody and condemns the session before it alone', async () => {
    const { forgot } = people
    expect(await outcomeOf(forgot)).toEqual({
      causes: [['credential_reset', '']],
      condemned: [`credential_reset online ${forgot.before.sessionId}`],
    })
  })

  it('a new password that an administrator demanded does so too', async () => {
    const { demanded } = people
    expect(await outcomeOf(demanded)).toEqual({
      causes: [['credential_reset', '']],
      condemned: [`credential_reset online ${demanded.before.sessionId}`],
    })
  })

  it('a temporary password condemns the session before it and not the one that it let in', async () => {
    const { before, letIn, user } = people.temporary
    const classes = (await heard.causesOf(user)).map(([is]) => is)
    expect(new Set(classes)).toEqual(new Set(['credential_reset']))
    const condemned = await heard.condemnedOf(user)
    expect(condemned).toContain(`credential_reset online ${before.sessionId}`)
    expect(condemned.filter((each) => each.endsWith(letIn.sessionId))).toEqual([])
  })

  it('a password changed while signed in exempts the session that changed it', async () => {
    const { careful } = people
    expect(await outcomeOf(careful)).toEqual({
      causes: [['credential_changed', careful.mine.sessionId]],
      condemned: [`credential_changed online ${careful.before.sessionId}`],
    })
  })

  it('a password set by an update of the user is a reset', async () => {
    const { updated } = people
    expect(await outcomeOf(updated)).toEqual({
      causes: [['credential_reset', '']],
      condemned: [`credential_reset online ${updated.before.sessionId}`],
    })
  })

  it.each([
    ['a role of the realm', 'withoutRole'],
    ['a role of a client', 'withoutClientRole'],
    ['a group', 'withoutGroup'],
    ['a role that was taken from a group above', 'withoutRoleOfGroup'],
    ['a role that was a part of another', 'withoutPartOfRole'],
    ['a role that was deleted', 'withoutDeletedRole'],
    ['a group that was deleted', 'withoutDeletedGroup'],
    ['an organization that was deleted', 'withoutDeletedOrganization'],
    ['an organization that was disabled', 'withoutDisabledOrganization'],
  ] as const)('%s that a person lost condemns the sessions of that person', async (_, name) => {
    expect(await outcomeOf(people[name])).toEqual({
      causes: [['access_reduced', '']],
      condemned: [`access_reduced online ${people[name].before.sessionId}`],
    })
  })

  it('a user whom an administrator logged out has no online session that a later cause condemns', async () => {
    const { loggedOut } = people
    expect(await outcomeOf(loggedOut)).toEqual({
      causes: [['subject_suspended', '']],
      condemned: [`subject_suspended offline ${loggedOut.offline.sessionId}`],
    })
    expect(new Set(await heard.endedOf(loggedOut.user))).toEqual(
      new Set([loggedOut.before.sessionId, loggedOut.second.sessionId]),
    )
  })

  it('an online token that was given back withdraws no grant', async () => {
    expect(await outcomeOf(people.gaveBack)).toEqual({ causes: [], condemned: [] })
    expect(await heard.endedOf(people.gaveBack.user)).not.toContain(
      people.gaveBack.offline.sessionId,
    )
  })

  it('a consent that was withdrawn revokes the grant', async () => {
    expect(await heard.causesOf(people.withdrew.user)).toEqual([['grant_revoked', '']])
  })

  it('a deleted user is offboarded, and Keycloak proves that no session is left', async () => {
    const { deleted } = people
    expect(await outcomeOf(deleted)).toEqual({
      causes: [['subject_offboarded', '']],
      condemned: [
        `subject_offboarded offline ${deleted.offline.sessionId}`,
        `subject_offboarded online ${deleted.before.sessionId}`,
      ],
    })
    const none = { sessions: [], complete: true, subjectGone: true }
    expect(await heard.leftOf(deleted.user)).toEqual(none)
  })
})

/** Everybody signs in, time passes, and then each person has one story. */
async function liveThrough({
  realm,
  mails,
  heard,
}: {
  readonly realm: TestRealm
  readonly mails: MailSink
  readonly heard: Heard
}) {
  const temporary = await makePerson(realm)
  await setTemporaryPassword(temporary.user)
  const one = () => makePerson(realm)
  const offlineToo = async () => {
    const person = await one()
    return { ...person, offline: await login(person.user, { offline: true }) }
  }
  const [forgot, demanded, careful, updated] = [await one(), await one(), await one(), await one()]
  const lost = {
    withoutRole: await one(),
    withoutClientRole: await one(),
    withoutGroup: await one(),
    withoutRoleOfGroup: await one(),
    withoutPartOfRole: await one(),
    withoutDeletedRole: await one(),
    withoutDeletedGroup: await one(),
    withoutDeletedOrganization: await one(),
    withoutDisabledOrganization: await one(),
  }
  const [loggedOut, deleted] = [await offlineToo(), await offlineToo()]
  const [gaveBack, withdrew] = [await offlineToo(), await offlineToo()]
  const second = await login(loggedOut.user)
  await untilAfter(Date.now() + defaultPolicy.timing.clockUncertaintyMs)

  await demandPassword(demanded.user)
  // Those who obey a demand do so when Curfew has long heard of it.
  await heard.untilQuiet()
  await obeyDemand(demanded.user)
  const letIn = await obeyDemand(temporary.user)
  await resetByMail(forgot.user, mails)
  const mine = await changeOwn(careful.user)
  await updateWithPassword(updated.user)
  await loseRole(lost.withoutRole.user)
  await loseRole(lost.withoutClientRole.user, realm.app.uuid)
  await loseGroup(lost.withoutGroup.user)
  await loseRoleOfGroup(lost.withoutRoleOfGroup.user)
  await losePartOfRole(lost.withoutPartOfRole.user)
  await haveRoleDeleted(lost.withoutDeletedRole.user)
  await haveGroupDeleted(lost.withoutDeletedGroup.user)
  await loseOrganization(lost.withoutDeletedOrganization.user, 'deleted')
  await loseOrganization(lost.withoutDisabledOrganization.user, 'disabled')
  await logOutEverywhere(loggedOut.user)
  await disable(loggedOut.user)
  await revoke(gaveBack.before)
  await withdrawConsent(withdrew.user)
  await remove(deleted.user)
  return {
    ...{ forgot, demanded, updated, ...lost, gaveBack, withdrew, deleted },
    temporary: { ...temporary, letIn },
    careful: { ...careful, mine },
    loggedOut: { ...loggedOut, second },
  }
}

const untilAfter = (at: number) =>
  eventually({
    what: 'A time that is surely after the sign-ins',
    timeoutMs: 30_000,
    probe: async () => (Date.now() > at ? true : undefined),
  })
