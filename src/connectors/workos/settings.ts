import { Type } from 'typebox'
import { BaseUrl, Name, Secret } from '../../enforce/provider-kit/settings.ts'

/** What `settings` of its connection may say. */
export const Settings = Type.Object(
  {
    api_key: Secret,
    base_url: Type.Optional(BaseUrl),
    client_id: Type.Optional(
      Type.String({
        ...Name,
        description: 'What `context.client_id` of an event says when this key did it.',
      }),
    ),
  },
  { additionalProperties: false },
)

/** What `feed` of its connection may say beside how often it is polled. */
export const FeedSettings = Type.Object(
  {
    events: Type.Optional(
      Type.Array(Type.String({ pattern: '^[a-z_.]{1,128}$' }), {
        minItems: 1,
        description:
          'Names of the types of events to ask for; all that are read where it is not given. One that WorkOS refuses is left out by itself.',
      }),
    ),
  },
  { additionalProperties: false },
)
