import type { Row } from '../../contract/ports.ts'
import { text } from '../../contract/read-row.ts'
import { beyondNames, pageOf } from './news-pages.ts'

/** Where a page of subjects in the order of their references ends. */
export type SubjectPlace = Readonly<Record<'tenant' | 'instance' | 'ref', string>>

/** The bounds of a page, for a statement. */
export const ofSubjects = pageOf('subject_ref', '{ref:String}')

/** What a reading of subjects in pages is told of their places. */
export const bySubject = {
  first: { ref: '' },
  last: { ref: beyondNames },
  placeOf: (row: Row): SubjectPlace => ({
    tenant: text(row, 'tenant'),
    instance: text(row, 'instance'),
    ref: text(row, 'subject_ref'),
  }),
} as const
