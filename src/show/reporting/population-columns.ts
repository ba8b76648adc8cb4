import { countedWords, verdictWords } from '../queries/verdict-texts.ts'
import type { Column } from './report.ts'

/** What one condemned session says, column by column: see `reports/population.ts`. */
export const columns: readonly Column[] = [
  { name: 'cause_class', type: 'text', description: 'Cause class of the curfew.' },
  { name: 'instance', type: 'text', description: 'Identity provider.' },
  { name: 'session_kind', type: 'text', description: 'online, offline or agent.' },
  { name: 'session_id', type: 'text', description: "The provider's id of the session." },
  {
    name: 'life',
    type: 'count',
    description: '0 for the first session of this id, 1 for the next that had the same id.',
  },
  {
    name: 'subject_ref',
    type: 'text',
    description: 'Reference of the person, service or agent whose session it is.',
  },
  {
    name: 'subject',
    type: 'text',
    description: 'Address or id of whose session it is.',
    personal: 'hidden',
  },
  { name: 'cause_at', type: 'time', description: 'When the earliest cause happened.' },
  { name: 'cause_event_id', type: 'text', description: 'The event that told this cause.' },
  {
    name: 'caused_by_kind',
    type: 'text',
    description: 'user, admin, system or curfew; empty where nobody said.',
  },
  {
    name: 'caused_by',
    type: 'text',
    description: 'Who brought this cause about.',
    personal: 'subject',
  },
  { name: 'caused_because', type: 'text', description: 'The reason given with it.' },
  { name: 'deadline_at', type: 'time', description: 'By when the session had to be dead.' },
  {
    name: 'ordered_at',
    type: 'time',
    description: 'When Curfew first set about ending it; empty where it did not.',
  },
  { name: 'alive_at', type: 'time', description: 'Its last sign of life at its provider.' },
  { name: 'dead_at', type: 'time', description: 'From when its death is proven; empty without.' },
  { name: 'dead_by', type: 'text', description: 'E2 read back, E3 event, E4 refused.' },
  {
    name: 'proof_id',
    type: 'text',
    description: 'The event (E3, E4) or the evidence (E2) that proves it.',
  },
  {
    name: 'proof_source',
    type: 'text',
    description: "By which source it came in; 'curfew' where Curfew read it back.",
  },
  { name: 'proof_received_at', type: 'time', description: 'When it came in.' },
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
    description: 'Whether others of its person may be missing.',
    words: {
      listed: 'the provider was listed after the cause',
      events_only: 'it was not listed since',
      no_list: 'it was never listed',
    },
  },
  {
    name: 'overall',
    type: 'count',
    description: "1 for the worst curfew of the session, which counts in the line 'all'.",
  },
  { name: 'curfew', type: 'text', description: 'For GET /v1/curfews/{id}.' },
]
