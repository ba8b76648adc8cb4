import { verdictWords } from '../queries/verdict-texts.ts'
import type { Column } from './report.ts'

/** So many causes beside the one that counts are listed in a row. */
export const othersMax = 20

/** What one death says, column by column: see `reports/revocations.ts`. */
export const columns: readonly Column[] = [
  {
    name: 'at',
    type: 'time',
    description:
      'When it happened, by the provider; where no event came, when it was acknowledged, else from when it is proven.',
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
    description: 'How the end became known.',
    words: {
      revoked: 'by an event: somebody ended it',
      ended: 'by an event: its logout or expiry',
      acknowledged: 'by the answer to an order, of which no event came',
      gone: 'by a list or a read that no longer has it; nobody told of its end',
      refused: 'by a use that was refused as its session had ended; nobody told of its end',
    },
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
    name: 'verdict',
    type: 'text',
    description: 'Of its curfews the worst; empty where no cause condemned it.',
    words: verdictWords,
  },
  {
    name: 'asked_class',
    type: 'text',
    description:
      'Class of the cause for which the order was sent; where none was, of the one that policy acts on most, and then of the earliest.',
  },
  {
    name: 'asked_by',
    type: 'text',
    description: 'Who brought that cause about.',
    personal: 'subject',
  },
  { name: 'asked_because', type: 'text', description: 'The reason given with that cause.' },
  {
    name: 'other_causes',
    type: 'text',
    description: `Each other cause that had condemned it by then, oldest first, at most ${othersMax}: class, mode, time, reason.`,
  },
  {
    name: 'other_askers',
    type: 'text',
    description: 'Who brought those about, in the same order.',
    personal: 'subject',
  },
  {
    name: 'approved_by',
    type: 'text',
    description: 'Who approved the order, where one was asked.',
  },
  {
    name: 'seconds_after_cause',
    type: 'seconds',
    description: 'Seconds since the earliest of all these causes.',
  },
]
