import type { Static } from 'typebox'
import { Type } from 'typebox'

/** Why a genuine message of a provider became no event. Closed: metrics and reports count by it. */
export const UnreadWhy = Type.Union(
  [
    Type.Literal('irrelevant', {
      description: 'This kind of message, or its content, does not concern sessions.',
    }),
    Type.Literal('unknown', { description: 'No reader exists for this kind of message.' }),
    Type.Literal('incomplete', {
      description: 'The fields that decide whether a session has to end are missing.',
    }),
  ],
  { description: 'Why it became no event.' },
)
export type UnreadWhy = Static<typeof UnreadWhy>

/** What providers leave out depending on their settings, what that hides, and which setting to change. */
export const lacks = {
  admin_event_representation: {
    hides:
      'users that an admin disables, identity providers that are switched off, and sessions that an admin ends',
    remedy:
      "In Keycloak's realm settings, tab Events, Admin events settings, switch on both 'Save events' and 'Include representation' (adminEventsDetailsEnabled).",
  },
  admin_event_members: {
    hides:
      'some of those who lose access when a role, a group or an organization is deleted or loses a right: Keycloak names nobody, and the feed may not find all',
    remedy:
      'Remove it from its members one by one before, which Keycloak reports for each, or end their sessions by an order.',
  },
  sessions_of_grant: {
    hides:
      'whether what was issued under a revoked API key, agent registration or connected account still works: WorkOS knows no sessions of these, so none can be ended or proven dead',
    remedy:
      'Have applications ask WorkOS at each use whether the key or credential is still good, and keep the life of access tokens short.',
  },
  directory_organization: {
    hides:
      'whose access ends when a directory suspends or deletes a user or takes one out of a group: the directory names no organization',
    remedy: 'Assign the directory to an organization in WorkOS.',
  },
  event_types: {
    hides:
      'the events of a type that the provider refuses to give by its events API; this line counts refusals, one a day',
    remedy:
      "Enable these events at the provider, or leave the type out by the instance's setting feed.events.",
  },
} as const satisfies {
  readonly [name: string]: { readonly hides: string; readonly remedy: string }
}
export type Lack = keyof typeof lacks

/** Messages of one kind from one source that became no event. */
export interface Unread {
  readonly tenant: string
  readonly instance: string
  readonly source: string
  readonly format: string
  /** The provider's own name for the kind of message: `VERIFY_EMAIL`, `UPDATE USER`, `flag.created`. */
  readonly name: string
  readonly why: UnreadWhy
  /** What is missing, for `incomplete`; else ''. */
  readonly lack: Lack | ''
  readonly messages: number
}
