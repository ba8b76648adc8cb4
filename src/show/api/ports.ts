import type { AskValues } from '../../contract/ports.ts'

/** Names a subject without saying who it is; '' for ''. */
export type Pseudonym = (tenant: string, instance: string, subjectId: string) => string

/** The store's own encoder: a statement with its values in place, to be shown beside a report. */
export type Fill = (sql: string, values: AskValues) => string
