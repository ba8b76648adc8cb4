import { Type } from 'typebox'
import { SessionKind } from './event-words.ts'
import type { Noun } from './noun.ts'
import { instant, owner, text } from './noun.ts'

/** What people and programs asked for: rows of `requests`. The enforcer alone decides on them. */
export const Request = Type.Object(
  {
    ...owner,
    requestId: text('Hash of (tenant, principal, idempotency key or content, at).'),
    kind: Type.Union(
      [
        Type.Literal('approve'),
        Type.Literal('deny'),
        Type.Literal('sign_out_everywhere'),
        Type.Literal('end_session'),
        Type.Literal('list_now'),
      ],
      { description: 'What is asked.' },
    ),
    orderId: text("For approve and deny; '' otherwise."),
    subjectRef: text(
      "For sign_out_everywhere and list_now, and whose the session of end_session was known to be; '' otherwise.",
    ),
    sessionKind: Type.Union([SessionKind, Type.Literal('')], {
      description: "For end_session; '' otherwise.",
    }),
    sessionId: text("For end_session; '' otherwise."),
    principal: text('Who asked.'),
    role: text('The role in which it was asked.'),
    reason: text('Why, in the words of who asked.'),
    at: instant('When it was asked.'),
  },
  {
    $id: 'request.v1',
    title: 'Request, version 1',
    description: 'What a person or program asked the enforcer for: a row of the table requests.',
  },
)
export type Request = Noun<typeof Request>
