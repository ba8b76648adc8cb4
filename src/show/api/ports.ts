import type { AskValues } from '../../contract/ports.ts'

/** Returns the keyed hash of a subject id; '' for ''. */
export type Pseudonym = (tenant: string, instance: string, subjectId: string) => string

/** The store's encoder: a statement with its values inserted, for display beside a report. */
export type Fill = (sql: string, values: AskValues) => string
