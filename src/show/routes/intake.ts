import type { FastifyReply } from 'fastify'
import { Type } from 'typebox'
import { CurfewError } from '../../contract/errors.ts'
import { RejectedReason } from '../../contract/rejected.ts'
import { SessionEventV1 } from '../../contract/session-event-v1.ts'
import { sessionEventExamples } from '../../contract/session-event-v1-examples.ts'
import { principalOf } from '../api/paging.ts'
import { answers, closedObject } from '../api/schemas.ts'
import type { Server } from '../api/server.ts'
import type { Deps, IntakeAnswer, Route, WebhookDoor } from '../route.ts'

/** One batch of events, at most. */
const eventsBytesMax = 1024 * 1024

const Taken = closedObject({
  accepted: Type.Integer({
    description: 'Messages that are safe now; what was taken before counts again.',
  }),
  rejected: Type.Array(
    closedObject({
      index: Type.Integer({
        description: 'Position in the array, or among the lines that are not blank, from 0.',
      }),
      reason: RejectedReason,
      detail: Type.String({ description: 'Which field, or what was found.' }),
    }),
    {
      description:
        'Messages that are no events. They are on record under /v1/rejected; sending them again as they are changes nothing.',
    },
  ),
})
const NothingTaken = Type.Object(Taken.properties, {
  additionalProperties: false,
  description: 'None of the messages is an event. Mend them before sending them again.',
})
/** For the description only: what comes is handed on as bytes, and read by decode. */
const Events = Type.Union([SessionEventV1, Type.Array(SessionEventV1)], {
  examples: [sessionEventExamples['session.used']],
})

/**
 * The doors for events. Bodies come through as they are, unread: a signature is over bytes, and
 * what is inside is read by decode. 202 is said once what came is safe, never before, with what became
 * of each event; 422 where none is one, so that a sender of single events learns it by the status too.
 * A genuine webhook is never answered so: its sender would repeat it for days.
 */
export const route: Route = {
  id: 'intake',
  mount: (server, { intake, webhooks }) => {
    server.register(async (raw: Server) => {
      raw.removeAllContentTypeParsers()
      raw.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
        done(null, body)
      })
      for (const webhook of webhooks) mountWebhook(raw, webhook, intake)
      raw.post(
        '/v1/intake/events',
        {
          bodyLimit: eventsBytesMax,
          config: { admits: 'intake', flood: true },
          validatorCompiler: () => (value) => ({ value }),
          schema: {
            operationId: 'postEvents',
            summary: 'Session events of contract v1: one object, an array, or one object a line',
            description:
              'Answered once they are durable; those that are none are named with the reason.',
            tags: ['intake'],
            consumes: ['application/json', 'application/x-ndjson'],
            body: Events,
            response: answers({ 202: Taken, 422: NothingTaken }),
          },
        },
        async (request, reply) => {
          const { tenant, instance } = principalOf(request)
          const delivery = {
            body: bytesOf(request.body),
            contentType: request.headers['content-type'] ?? '',
            tenant,
            instance,
          }
          return send(reply, await intake.acceptEvents(delivery))
        },
      )
    })
  },
}

function mountWebhook(
  raw: Server,
  { id, title, header, bodyBytesMax }: WebhookDoor,
  intake: Deps['intake'],
): void {
  raw.post(
    `/v1/intake/${id}`,
    {
      bodyLimit: bodyBytesMax,
      // A provider sends no token; its signature says for which instance it speaks.
      config: { admits: 'decided_by_route', flood: true },
      schema: {
        operationId: `post${asName(id)}Webhook`,
        summary: `A webhook of ${title}, admitted by its signature`,
        description: 'Of which tenant and instance it is follows from the secret that signed it.',
        tags: ['intake'],
        headers: Type.Object({ [header]: Type.Optional(Type.String()) }),
        response: answers({ 202: Taken }),
      },
    },
    async (request, reply) => {
      const given = request.headers[header]
      const delivery = {
        body: bytesOf(request.body),
        signature: typeof given === 'string' ? given : undefined,
      }
      return send(reply, await intake.acceptWebhook(id, delivery))
    },
  )
}

/** An id in kebab-case as part of a name: `MyProvider` of `my-provider`. */
const asName = (id: string): string =>
  id.replace(/(?:^|-)(\w)/g, (_, letter) => letter.toUpperCase())

function bytesOf(body: unknown): Buffer {
  if (Buffer.isBuffer(body) && body.length > 0) return body
  throw new CurfewError('SHOW_INVALID', 'The body is empty; send the event or events in it.')
}

function send(reply: FastifyReply, answer: IntakeAnswer) {
  if (answer.result === 'accepted' || answer.result === 'no_events') {
    const accepted = answer.result === 'accepted' ? answer.accepted : 0
    const status = answer.result === 'accepted' ? 202 : 422
    return reply.code(status).send({ accepted, rejected: [...answer.rejected] })
  }
  if (answer.result === 'refused') {
    throw new CurfewError('SHOW_UNAUTHENTICATED', 'The signature is not one of ours in force.')
  }
  if (answer.result === 'busy') {
    throw new CurfewError('SHOW_UNAVAILABLE', 'Nothing was taken; send it again later.', {
      retry: true,
      retryAfterMs: answer.retryAfterMs,
    })
  }
  const code = answer.result === 'too_large' ? 'SHOW_TOO_LARGE' : 'SHOW_INVALID'
  throw new CurfewError(code, answer.reason)
}
