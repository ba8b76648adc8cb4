import { countedWords, verdictWords } from '../queries/verdict-texts.ts'
import type { Column } from './report.ts'

/** Columns of one condemned session: see `reports/population.ts`. */
export const columns: readonly Column[] = [
  { name: 'cause_class', type: 'text', description: 'Cause class of the curfew.' },
  { name: 'instance', type: 'text', description: 'Identity provider.' },
  { name: 'session_kind', type: 'text', description: 'online, offline or agent.' },
  { name: 'session_id', type: 'text', description: "The provider's id of the session." },
  {
    name: 'life',
    type: 'count',
    description: '0 for the first session with this id, 1 for the next one, and so on.',
  },
  {
    name: 'subject_ref',
    type: 'text',
    description: 'Reference of the person, service or agent that owns the session.',
  },
  {
    name: 'subject',
    type: 'text',
    description: 'Address or id of the owner of the session.',
    personal: 'hidden',
  },
  { name: 'cause_at', type: 'time', description: 'Instant of the earliest cause.' },
  { name: 'cause_event_id', type: 'text', description: 'The event of this cause.' },
  {
    name: 'caused_by_kind',
    type: 'text',
    description: 'user, admin, system or curfew; empty where no source reported it.',
  },
  {
    name: 'caused_by',
    type: 'text',
    description: 'Id of who made this cause happen.',
    personal: 'subject',
  },
  { name: 'caused_because', type: 'text', description: 'Stated reason of the cause.' },
  { name: 'deadline_at', type: 'time', description: 'Deadline for the end of the session.' },
  {
    name: 'ordered_at',
    type: 'time',
    description: 'When Curfew first began to end it; empty where it did not.',
  },
  { name: 'alive_at', type: 'time', description: 'Last proof of life at its provider.' },
  {
    name: 'dead_at',
    type: 'time',
    description: 'Instant from which its death is proven; empty without proof.',
  },
  { name: 'dead_by', type: 'text', description: 'E2 read back, E3 event, E4 refused.' },
  {
    name: 'proof_id',
    type: 'text',
    description: 'The event (E3, E4) or the evidence (E2) that proves it.',
  },
  {
    name: 'proof_source',
    type: 'text',
    description: "Source of the proof; 'curfew' where Curfew read it back.",
  },
  { name: 'proof_received_at', type: 'time', description: 'When Curfew received the proof.' },
  {
    name: 'verdict',
    type: 'text',
    description: 'Proof against the deadline.',
    words: verdictWords,
  },
  {
    name: 'counts_as',
    type: 'text',
    description: 'The column of the coverage report that this row counts in.',
    words: countedWords,
  },
  {
    name: 'population',
    type: 'text',
    description: 'Whether further sessions of the subject may be missing.',
    words: {
      listed: 'the provider was listed after the cause',
      events_only: 'the provider was not listed after the cause',
      no_list: 'the provider was never listed',
    },
  },
  {
    name: 'overall',
    type: 'count',
    description: "1 for the worst curfew of the session, which counts in the row 'all'.",
  },
  { name: 'curfew', type: 'text', description: 'For GET /v1/curfews/{id}.' },
]
