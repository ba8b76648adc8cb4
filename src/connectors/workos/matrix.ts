import type { SurvivorMatrix } from '../../enforce/provider-kit/survivor-matrix.ts'

/** An agent names the membership that it acts for, and no event or list says whose that is. */
const goesOn = { online: 'must_be_ended', agent: 'cannot_be_seen' } as const

/** No environment of WorkOS was at hand: rows say what its documentation says, or what is assumed. */
export const matrix: SurvivorMatrix = {
  id: 'workos',
  source: "WorkOS's documentation of September 2026; nothing of it was tried",
  rows: [
    {
      id: 'password-reset-by-user',
      act: 'The person resets a forgotten password',
      class: 'credential_reset',
      fates: { online: 'dies', agent: 'cannot_be_seen' },
      basis: 'documented',
    },
    {
      id: 'password-set-by-api',
      act: 'The password is set by updateUser',
      class: 'credential_reset',
      fates: { online: 'cannot_be_seen', agent: 'cannot_be_seen' },
      basis: 'documented',
      note: 'The event user.updated does not say that the password changed.',
    },
    {
      id: 'user-deleted',
      act: 'The user is deleted',
      class: 'subject_offboarded',
      fates: goesOn,
      basis: 'assumed',
    },
    {
      id: 'membership-deactivated',
      act: 'A membership of an organization is deactivated or deleted',
      class: 'membership_deactivated',
      fates: goesOn,
      basis: 'assumed',
    },
    {
      id: 'connection-deactivated',
      act: 'An SSO connection is deactivated or deleted',
      class: 'connection_deactivated',
      fates: goesOn,
      basis: 'assumed',
    },
    {
      id: 'directory-user-deleted',
      act: 'A directory deprovisions a user',
      class: 'subject_offboarded',
      fates: goesOn,
      basis: 'assumed',
    },
    {
      id: 'organization-deleted',
      act: 'An organization is deleted',
      class: 'organization_deactivated',
      fates: { online: 'must_be_ended', agent: 'must_be_ended' },
      basis: 'assumed',
    },
    {
      id: 'agent-instance-deleted',
      act: 'An agent instance is deleted',
      class: 'grant_revoked',
      fates: { agent: 'dies' },
      basis: 'documented',
    },
    {
      id: 'agent-registration-revoked',
      act: 'The registration of an agent, or an API key, is revoked',
      class: 'grant_revoked',
      fates: { agent: 'cannot_be_seen' },
      basis: 'documented',
      note: 'WorkOS has no sessions of these; whoever takes their tokens has to ask it.',
    },
    {
      id: 'device-lost',
      act: 'A device is lost',
      class: 'device_lost',
      fates: { online: 'cannot_be_seen', agent: 'cannot_be_seen' },
      basis: 'documented',
      note: 'WorkOS names no device.',
    },
  ],
}
