import type { Row } from '../../contract/ports.ts'
import { text } from '../../contract/read-row.ts'
import { beyondIds, pageCondition } from './change-pages.ts'

/** Where a page of subjects in the order of their references ends. */
export type SubjectPosition = Readonly<Record<'tenant' | 'instance' | 'ref', string>>

/** The bounds of a page, for a statement. */
export const subjectPageCondition = pageCondition('subject_ref', '{ref:String}')

/** The order of subject pages. */
export const bySubject = {
  first: { ref: '' },
  last: { ref: beyondIds },
  positionOf: (row: Row): SubjectPosition => ({
    tenant: text(row, 'tenant'),
    instance: text(row, 'instance'),
    ref: text(row, 'subject_ref'),
  }),
} as const
