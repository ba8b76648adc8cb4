import { SessionEventV1 } from './session-event-v1.ts'
import { sessionEventExamples } from './session-event-v1-examples.ts'

/**
 * The session events that Curfew takes from a Kafka topic, described as AsyncAPI 3.0: what a producer's
 * author, or a generator of code, needs beside the JSON Schema (channel, key, one event per message).
 *
 * `version` is that of the program.
 */
export function asyncapi({ version }: { readonly version: string }): object {
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Curfew session events',
      version,
      description:
        'Events about sessions, and about what entitles them, from producers to Curfew. See docs/session-events.md.',
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: 'application/json',
    channels: {
      sessionEvents: {
        // The connections file of each installation names the topic.
        address: null,
        title: 'A topic of session events',
        description:
          'A topic that the connections file lists with format session-event-v1. The tenant and the instance are those of its entry there.',
        messages: { sessionEvent: { $ref: '#/components/messages/sessionEvent' } },
      },
    },
    operations: {
      takeSessionEvents: {
        action: 'receive',
        title: 'Take session events',
        channel: { $ref: '#/channels/sessionEvents' },
        messages: [{ $ref: '#/channels/sessionEvents/messages/sessionEvent' }],
      },
    },
    components: { messages: { sessionEvent: message() } },
  }
}

function message(): object {
  const { examples: _, $id: _id, ...schema } = plain(SessionEventV1)
  return {
    name: 'sessionEvent',
    title: 'Session event, version 1',
    summary: 'One event; a message holds one, of at most 256 KiB.',
    contentType: 'application/json',
    payload: { schemaFormat: 'application/schema+json;version=draft-07', schema },
    bindings: {
      kafka: {
        key: {
          type: 'string',
          description:
            "The subject's id, so that all events of a subject are read in order and by one process; where an event names no subject, its session's id.",
        },
        bindingVersion: '0.5.0',
      },
    },
    examples: Object.entries(sessionEventExamples).map(([name, payload]) => ({ name, payload })),
  }
}

/** A schema as data. */
function plain(schema: object): { readonly [keyword: string]: unknown } {
  return JSON.parse(JSON.stringify(schema))
}
