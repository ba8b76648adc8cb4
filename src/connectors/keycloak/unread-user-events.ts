/**
 * The types of user events that are not read, each with the reason. A type that is neither here nor
 * read is one that Keycloak has and Curfew does not know yet: it counts as unknown and is reported.
 */
export const unreadUserEvents: ReadonlyMap<string, string> = new Map([
  ['VALIDATE_ACCESS_TOKEN', 'left over from an end point that Keycloak no longer has'],
  ['USER_INFO_REQUEST', 'never says whether the session is online or offline'],
  ['REGISTER', 'a LOGIN follows, which names the session'],
  ['FEDERATED_IDENTITY_LINK', 'adds a way to sign in and takes none away'],
  ['IDENTITY_PROVIDER_LINK_ACCOUNT', 'adds a way to sign in and takes none away'],
  ['CLIENT_INITIATED_ACCOUNT_LINKING', 'adds a way to sign in and takes none away'],
  ['SEND_IDENTITY_PROVIDER_LINK', 'asks whether a way to sign in may be added'],
  ['IDENTITY_PROVIDER_LOGIN', 'a step of a sign-in whose LOGIN names provider and session'],
  ['IDENTITY_PROVIDER_FIRST_LOGIN', 'a step of a sign-in whose LOGIN names provider and session'],
  ['IDENTITY_PROVIDER_POST_LOGIN', 'a step of a sign-in whose LOGIN names provider and session'],
  ['IDENTITY_PROVIDER_RESPONSE', 'a step of a sign-in whose LOGIN names provider and session'],
  ['IDENTITY_PROVIDER_RETRIEVE_TOKEN', 'reads a token of another provider'],
  ['UPDATE_EMAIL', 'describes the person; what the person signs in with stays the same'],
  ['UPDATE_PROFILE', 'describes the person; what the person signs in with stays the same'],
  ['VERIFY_EMAIL', 'confirms what is known of the person'],
  ['VERIFY_PROFILE', 'confirms what is known of the person'],
  ['SEND_VERIFY_EMAIL', 'sends a mail that entitles to nothing'],
  ['GRANT_CONSENT', 'gives a client more, and takes nothing away'],
  [
    'UPDATE_CONSENT',
    'changes what a client may ask for; the tokens that it holds stay as they are',
  ],
  ['RESTART_AUTHENTICATION', 'a step of a sign-in that led to no session yet'],
  ['CUSTOM_REQUIRED_ACTION', 'a step of a sign-in; what it changed has an event of its own'],
  ['EXECUTE_ACTIONS', 'a link was opened; what was changed behind it has an event of its own'],
  ['EXECUTE_ACTION_TOKEN', 'a link was opened; what was changed behind it has an event of its own'],
  ['INVALID_SIGNATURE', 'a request that was refused before anybody was known'],
  ['REGISTER_NODE', 'housekeeping of a client adapter'],
  ['UNREGISTER_NODE', 'housekeeping of a client adapter'],
  ['CLIENT_INFO', 'about the registration of a client, not about a session'],
  ['CLIENT_REGISTER', 'about the registration of a client, not about a session'],
  ['CLIENT_UPDATE', 'about the registration of a client, not about a session'],
  ['CLIENT_DELETE', 'the tokens of a deleted client are refused, whichever session they are of'],
  ['OAUTH2_DEVICE_AUTH', 'a device asked for a code; nobody has signed in yet'],
  ['OAUTH2_DEVICE_VERIFY_USER_CODE', 'a step of a sign-in whose LOGIN names the session'],
  ['PUSHED_AUTHORIZATION_REQUEST', 'a sign-in that has not begun yet'],
  ['INVITE_ORG', 'asks somebody to join, and takes nothing away'],
  ['VERIFIABLE_CREDENTIAL_REQUEST', 'issues a document that lives apart from sessions'],
  ['VERIFIABLE_CREDENTIAL_OFFER_REQUEST', 'issues a document that lives apart from sessions'],
  ['VERIFIABLE_CREDENTIAL_NONCE_REQUEST', 'issues a document that lives apart from sessions'],
  ['VERIFIABLE_CREDENTIAL_CREATE_OFFER', 'issues a document that lives apart from sessions'],
])

const failed = 'an attempt that failed and changed nothing'

/** Why a type is deliberately not read; undefined when it is read or not known. */
export function whyUserEventUnread(type: string): string | undefined {
  return unreadUserEvents.get(type) ?? (type.endsWith('_ERROR') ? failed : undefined)
}
