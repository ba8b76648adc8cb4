import type { Static } from 'typebox'
import { Type } from 'typebox'
import type { Noun } from './noun.ts'
import { flag, instant, instantOrNull, owner, text, texts } from './noun.ts'

export const Severity = Type.Union(
  [
    Type.Literal('info'),
    Type.Literal('low'),
    Type.Literal('medium'),
    Type.Literal('high'),
    Type.Literal('critical'),
  ],
  { description: 'Severity if the finding is true, from info to critical.' },
)
export type Severity = Static<typeof Severity>

/** off: not run. shadow: recorded, shown in reports only. inform: shown. propose: requests approval. act: creates a cause. */
export const DetectorMode = Type.Union(
  [
    Type.Literal('off'),
    Type.Literal('shadow'),
    Type.Literal('inform'),
    Type.Literal('propose'),
    Type.Literal('act'),
  ],
  {
    description:
      'What its findings may do. off: not run. shadow: recorded, shown in reports only. inform: shown. propose: requests approval. act: creates a cause.',
  },
)
export type DetectorMode = Static<typeof DetectorMode>

/** What a finding is about. */
export const FindingRoot = Type.Union(
  [
    Type.Literal('session'),
    Type.Literal('subject'),
    Type.Literal('grant'),
    Type.Literal('device'),
    Type.Literal('token_family'),
    Type.Literal('connection'),
    Type.Literal('organization'),
    Type.Literal('network'),
  ],
  { description: 'What the finding is about.' },
)
export type FindingRoot = Static<typeof FindingRoot>

/** What a detector saw. A changed finding is a higher version of the same id. */
export const Finding = Type.Object(
  {
    ...owner,
    findingId: text('Hash of (detector, root, what it is about).'),
    version: instant('When it was judged; the highest stands.'),
    standing: flag(
      'False when later facts showed that there was nothing; the row stays, the finding does not.',
    ),
    detector: text('Id of the detector or sweep that saw it.'),
    severity: Severity,
    mode: DetectorMode,
    at: instant('When what was seen happened.'),
    receivedAt: instant('When Curfew first held the event that showed it.'),
    rootKind: FindingRoot,
    rootId: text('Id of what the finding is about; of a subject its reference.'),
    subjectRef: text("Keyed hash of the subject, '' when unknown."),
    sessionKind: text("Kind of the session, '' when it concerns none."),
    sessionId: text("The session it concerns, '' when it concerns none."),
    why: text(
      'One sentence for a responder; holds event text, so it is escaped wherever it is shown.',
    ),
    eventIds: texts('Event ids the finding rests on, sorted.'),
    facts: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()]), {
      maxProperties: 16,
      description: 'Named facts: speeds, distances, places. Flat, at most 16 entries.',
    }),
    asOf: instantOrNull('The instant that a sweep ran for; null for the finding of a detector.'),
  },
  {
    $id: 'finding.v1',
    title: 'Finding, version 1',
    description: 'What a detector saw, on which session, and why: a row of the table findings.',
  },
)
export type Finding = Noun<typeof Finding>
