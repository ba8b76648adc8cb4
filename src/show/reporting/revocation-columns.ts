import { verdictWords } from '../queries/verdict-texts.ts'
import type { Column } from './report.ts'

/** Further causes listed in a row, at most. */
export const othersMax = 20

/** Columns of one death: see `reports/revocations.ts`. */
export const columns: readonly Column[] = [
  {
    name: 'at',
    type: 'time',
    description:
      'Instant of the end according to the provider; without an event, when it was acknowledged, else from when it is proven.',
  },
  { name: 'instance', type: 'text', description: 'Identity provider.' },
  { name: 'session_kind', type: 'text', description: 'online, offline or agent.' },
  { name: 'session_id', type: 'text', description: "The provider's id of the session." },
  {
    name: 'subject_ref',
    type: 'text',
    description: 'Reference of the person, service or agent that owned the session.',
  },
  {
    name: 'subject',
    type: 'text',
    description: 'Address or id of the owner of the session.',
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
      gone: 'by a list or a read that no longer shows it; no source reported its end',
      refused:
        'by a use that was refused because its session had ended; no source reported its end',
    },
  },
  {
    name: 'initiator',
    type: 'text',
    description:
      "user, admin, system or curfew; 'unknown' where no source reported it, 'claims_curfew' where the event names curfew and no order of ours confirms it.",
  },
  {
    name: 'inferred',
    type: 'count',
    description:
      '1: attributed to Curfew because an order was in progress; the provider did not report who ended it.',
  },
  { name: 'initiator_id', type: 'text', description: 'Who started it.', personal: 'subject' },
  { name: 'initiator_client', type: 'text', description: 'API client that ended it.' },
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
      "Whose that address, place and device are: subject, application, actor or unknown; '' where only a list of the provider gives them.",
  },
  { name: 'country', type: 'text', description: 'Country of the last sign-in.' },
  { name: 'city', type: 'text', description: 'City of the last sign-in.' },
  { name: 'browser', type: 'text', description: 'Browser of the last sign-in.' },
  { name: 'os', type: 'text', description: 'Operating system of the last sign-in.' },
  {
    name: 'evidence',
    type: 'text',
    description:
      'Levels since its last proof of life: E1 acknowledged, E2 read back, E3 event, E4 refused.',
  },
  {
    name: 'evidence_ids',
    type: 'text',
    description: 'Each level with the id of its event (E3, E4) or of the evidence (E1, E2).',
  },
  {
    name: 'source',
    type: 'text',
    description: "Source that reported the end; 'curfew' for an acknowledgement.",
  },
  { name: 'received_at', type: 'time', description: 'When Curfew received the report.' },
  {
    name: 'refuted',
    type: 'count',
    description: 'Earlier ends and acknowledgements, refuted by a later proof of life.',
  },
  {
    name: 'classes',
    type: 'text',
    description: 'Cause classes that had condemned the session by then.',
  },
  {
    name: 'verdict',
    type: 'text',
    description: 'The worst verdict of its curfews; empty where no cause condemned it.',
    words: verdictWords,
  },
  {
    name: 'asked_class',
    type: 'text',
    description:
      'Class of the cause for which the order was issued; without an order, of the cause on which policy acts most strongly, and then of the earliest.',
  },
  {
    name: 'asked_by',
    type: 'text',
    description: 'Id of who made that cause happen.',
    personal: 'subject',
  },
  { name: 'asked_because', type: 'text', description: 'Stated reason of that cause.' },
  {
    name: 'other_causes',
    type: 'text',
    description: `Every further cause that had condemned it by then, oldest first, at most ${othersMax}: class, mode, time, reason.`,
  },
  {
    name: 'other_askers',
    type: 'text',
    description: 'Ids of who made those happen, in the same order.',
    personal: 'subject',
  },
  {
    name: 'approved_by',
    type: 'text',
    description: 'Who approved the order, where an approval was required.',
  },
  {
    name: 'seconds_after_cause',
    type: 'seconds',
    description: 'Seconds since the earliest of all these causes.',
  },
]
