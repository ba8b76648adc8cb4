import type { Column } from './report.ts'

/** What one death says, column by column: see `reports/revocations.ts`. */
export const columns: readonly Column[] = [
  {
    name: 'at',
    type: 'time',
    description:
      'When it happened, by the provider; when it was acknowledged, where no event came.',
  },
  { name: 'instance', type: 'text', description: 'Identity provider.' },
  { name: 'session_kind', type: 'text', description: 'online, offline or agent.' },
  { name: 'session_id', type: 'text', description: "The provider's id of the session." },
  {
    name: 'subject_ref',
    type: 'text',
    description: 'Reference of the person, service or agent whose session it was.',
  },
  {
    name: 'subject',
    type: 'text',
    description: 'Address or id of whose session it was.',
    personal: 'hidden',
  },
  {
    name: 'what',
    type: 'text',
    description:
      "'revoked' or 'ended' by an event; 'acknowledged' for an order of which no event came.",
  },
  {
    name: 'initiator',
    type: 'text',
    description:
      "user, admin, system or curfew; 'unknown' where nobody said, 'claims_curfew' where the event says curfew and no order of ours bears it out.",
  },
  {
    name: 'inferred',
    type: 'count',
    description:
      '1: taken to be ours because an order of ours was on its way; the provider did not say.',
  },
  { name: 'initiator_id', type: 'text', description: 'Who started it.', personal: 'subject' },
  { name: 'initiator_client', type: 'text', description: 'API client it was done through.' },
  { name: 'reason', type: 'text', description: "Why, in the source's words." },
  {
    name: 'ip',
    type: 'text',
    description: 'Address of the last sign-in, or the one the provider listed.',
    personal: 'hidden',
  },
  {
    name: 'ip_of',
    type: 'text',
    description:
      "Whose that address, place and device are: subject, application, actor or unknown; '' where only a list of the provider tells them.",
  },
  { name: 'country', type: 'text', description: 'Country of the last sign-in.' },
  { name: 'city', type: 'text', description: 'City of the last sign-in.' },
  { name: 'browser', type: 'text', description: 'Browser of the last sign-in.' },
  { name: 'os', type: 'text', description: 'Operating system of the last sign-in.' },
  {
    name: 'evidence',
    type: 'text',
    description:
      'Levels since its last sign of life: E1 acknowledged, E2 read back, E3 event, E4 refused.',
  },
  {
    name: 'evidence_ids',
    type: 'text',
    description: 'Each with the id of its event (E3, E4) or of the evidence (E1, E2).',
  },
  {
    name: 'source',
    type: 'text',
    description: "By which source word of this end came in; 'curfew' for an acknowledgement.",
  },
  { name: 'received_at', type: 'time', description: 'When that came in.' },
  {
    name: 'refuted',
    type: 'count',
    description: 'Earlier ends and acknowledgements that a later sign of life refuted.',
  },
  {
    name: 'classes',
    type: 'text',
    description: 'Cause classes that had condemned the session by then.',
  },
  {
    name: 'asked_by',
    type: 'text',
    description: 'Who brought about the earliest of those causes.',
    personal: 'subject',
  },
  { name: 'asked_because', type: 'text', description: 'The reason given with that cause.' },
  {
    name: 'approved_by',
    type: 'text',
    description: 'Who approved the order, where one was asked.',
  },
  {
    name: 'seconds_after_cause',
    type: 'seconds',
    description: 'Seconds since the earliest of those causes.',
  },
]
