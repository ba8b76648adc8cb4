import { Type } from 'typebox'
import { BaseUrl, Name, Secret } from '../../enforce/provider-kit/settings.ts'

/** What `settings` of its connection may say. */
export const Settings = Type.Object(
  {
    base_url: BaseUrl,
    realm: Name,
    client_id: Type.String({
      ...Name,
      description: 'A confidential client with a service account that holds `manage-users`.',
    }),
    client_secret: Secret,
    client_uuid: Type.Optional(
      Type.String({
        ...Name,
        description: "The client's UUID. Admin events name it, and not its id, as who did it.",
      }),
    ),
  },
  { additionalProperties: false },
)

/** What `feed` of its connection may say beside how often it is polled. */
export const FeedSettings = Type.Object(
  {
    overlap_ms: Type.Optional(
      Type.Integer({
        minimum: 1_000,
        maximum: 3_600_000,
        description:
          'How far each poll looks back; an event that is stored later than that is missed. 10 s unless said.',
      }),
    ),
  },
  { additionalProperties: false },
)
