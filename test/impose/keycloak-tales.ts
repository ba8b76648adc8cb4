import { minute, start } from '../journey/world.ts'

/** Events of a Keycloak 26, cut to what is read, of one invented person. Times in minutes. */

const told = { events: 0 }
const next = (): number => {
  told.events += 1
  return told.events
}

/** A user event, some minutes after the start; a further one of the same minute is a bit later. */
export const userEvent = (
  minutes: number,
  type: string,
  details: object,
  more: { readonly sessionId?: string; readonly later?: number } = {},
): object => {
  const { later = 0, ...named } = more
  return {
    kind: 'user_event',
    realm: 'staff',
    event: {
      id: `user-${next()}`,
      time: start + minutes * minute + later,
      type,
      clientId: 'app',
      userId: 'u-ada',
      ipAddress: '203.0.113.9',
      details: { username: 'ada', ...details },
      ...named,
    },
  }
}

export const adminEvent = (
  minutes: number,
  operationType: string,
  resourceType: string,
  resourcePath: string,
  representation?: object,
): object => ({
  kind: 'admin_event',
  realm: 'staff',
  event: {
    id: `admin-${next()}`,
    time: start + minutes * minute,
    authDetails: { userId: 'root', clientId: 'console' },
    operationType,
    resourceType,
    resourcePath,
    ...(representation === undefined ? {} : { representation: JSON.stringify(representation) }),
  },
})

/** What a browser does in one flow, which is named as the session that it leads to. */
export const flow = (id: string, minutes: number) => {
  const acted = {
    credential_type: 'password',
    custom_required_action: 'UPDATE_PASSWORD',
    response_type: 'code',
    code_id: id,
  }
  return {
    signIn: () => [
      userEvent(minutes, 'LOGIN', { auth_type: 'code', code_id: id }, { sessionId: id }),
      userEvent(
        minutes,
        'CODE_TO_TOKEN',
        { token_id: 'onrtac:1', refresh_token_type: 'Refresh', code_id: id },
        { sessionId: id, later: 100 },
      ),
    ],
    /** The two tellings of the change, and the sign-in that follows. */
    changePassword: () => [
      userEvent(minutes, 'UPDATE_PASSWORD', acted),
      userEvent(minutes, 'UPDATE_CREDENTIAL', acted, { later: 1 }),
      userEvent(minutes, 'LOGIN', acted, { sessionId: id, later: 90 }),
    ],
  }
}
