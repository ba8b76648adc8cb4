import type { Static } from 'typebox'
import { Type } from 'typebox'
import type { Exchange } from '../../enforce/provider-kit/exchange.ts'
import { bodyAs } from '../../enforce/provider-kit/exchange.ts'

/** `RealmEventsConfigRepresentation`; an expiration of 0 or none keeps events for ever. Seconds. */
const EventsConfig = Type.Object({
  eventsEnabled: Type.Optional(Type.Boolean()),
  eventsExpiration: Type.Optional(Type.Number()),
  enabledEventTypes: Type.Optional(Type.Array(Type.String())),
  adminEventsEnabled: Type.Optional(Type.Boolean()),
  adminEventsDetailsEnabled: Type.Optional(Type.Boolean()),
})

/** What a realm's settings keep from Curfew, in words that say what to switch on. */
export interface EventGaps {
  /** Whole kinds of causes or ends that cannot be seen. */
  readonly blind: readonly string[]
  /** What is seen less of. */
  readonly dim: readonly string[]
}

/** Types by what goes unseen while one of them is not saved. Not every version has every type. */
export const typesByWhatTheyTell: readonly (readonly [hides: string, names: readonly string[]])[] =
  [
    [
      'sessions that begin',
      [
        ...['LOGIN', 'CLIENT_LOGIN', 'IMPERSONATE', 'CODE_TO_TOKEN'],
        ...['OAUTH2_DEVICE_CODE_TO_TOKEN', 'AUTHREQID_TO_TOKEN'],
      ],
    ],
    [
      'sessions that their users end or whose time is over, and grants that are withdrawn',
      ['LOGOUT', 'USER_SESSION_DELETED', 'REVOKE_GRANT'],
    ],
    [
      'uses and refusals',
      [
        ...['REFRESH_TOKEN', 'REFRESH_TOKEN_ERROR', 'INTROSPECT_TOKEN', 'INTROSPECT_TOKEN_ERROR'],
        ...['TOKEN_EXCHANGE', 'PERMISSION_TOKEN', 'OAUTH2_EXTENSION_GRANT'],
        ...['JWT_AUTHORIZATION_GRANT', 'VERIFIABLE_CREDENTIAL_PRE_AUTHORIZED_GRANT'],
      ],
    ],
    [
      'passwords that are reset by mail, which else pass for changes by somebody signed in,',
      ['SEND_RESET_PASSWORD', 'RESET_PASSWORD'],
    ],
    [
      'changes that people make to their credentials',
      [
        ...['UPDATE_PASSWORD', 'UPDATE_CREDENTIAL', 'REMOVE_CREDENTIAL'],
        ...['UPDATE_TOTP', 'REMOVE_TOTP', 'REMOVE_FEDERATED_IDENTITY'],
        'FEDERATED_IDENTITY_OVERRIDE_LINK',
      ],
    ],
    [
      'people who delete their account or are locked out for good',
      ['DELETE_ACCOUNT', 'USER_DISABLED_BY_PERMANENT_LOCKOUT'],
    ],
  ]

/** What the server itself has, by `GET /admin/serverinfo`: any service account may ask. */
const ServerInfo = Type.Object({
  enums: Type.Optional(Type.Object({ eventType: Type.Optional(Type.Array(Type.String())) })),
})

/** A feed that is away for as long as this misses nothing. */
const keptSecondsMin = 24 * 60 * 60

/**
 * Asks a realm what it saves of its events. `url` is the realm's under `/admin/realms`. A feed reads
 * only what is saved; who brings events by a listener of their own still needs the representations.
 *
 * @throws CurfewError as every call to a provider; ENFORCE_REFUSED without the role view-events.
 */
export async function eventGaps(
  exchange: Exchange,
  url: string,
  hasFeed: boolean,
): Promise<EventGaps> {
  const answer = await exchange({
    what: 'asking which events are saved',
    url: `${url}/events/config`,
    method: 'GET',
    expects: [200],
  })
  const config = bodyAs(EventsConfig, answer)
  const details =
    config.adminEventsDetailsEnabled === true
      ? []
      : [
          "admin events come without their representation, so users that an admin disables are not seen: switch on 'Include representation'",
        ]
  if (!hasFeed) return { blind: details, dim: [] }
  const saved = [
    ...(config.eventsEnabled === true
      ? []
      : [
          "user events are not saved, so the feed reads none: switch on 'Save events' of user events",
        ]),
    ...(config.adminEventsEnabled === true
      ? []
      : [
          "admin events are not saved, so what admins do is not seen: switch on 'Save events' of admin events",
        ]),
  ]
  return { blind: [...saved, ...details], dim: dimmedBy(config, await knownTypes(exchange, url)) }
}

/** The types that this version has; undefined where the server does not say. */
async function knownTypes(
  exchange: Exchange,
  url: string,
): Promise<ReadonlySet<string> | undefined> {
  const answer = await exchange({
    what: 'asking which types of events there are',
    url: url.replace(/\/realms\/[^/]+$/, '/serverinfo'),
    method: 'GET',
    expects: [200, 401, 403, 404],
  })
  const types = answer.status === 200 ? bodyAs(ServerInfo, answer).enums?.eventType : undefined
  return types && new Set(types)
}

function dimmedBy(
  { eventsEnabled, enabledEventTypes = [], eventsExpiration = 0 }: Static<typeof EventsConfig>,
  known: ReadonlySet<string> | undefined,
): readonly string[] {
  const hidden = typesByWhatTheyTell.flatMap(([hides, names]) => {
    const missing = names.filter(
      (name) => !enabledEventTypes.includes(name) && (known?.has(name) ?? true),
    )
    return missing.length === 0 ? [] : [`${hides} are not all seen: save ${missing.join(', ')}`]
  })
  const isShort = eventsExpiration > 0 && eventsExpiration < keptSecondsMin
  return [
    ...(eventsEnabled === true ? hidden : []),
    ...(isShort
      ? [
          `events are deleted after ${eventsExpiration} s: a feed that is away for longer misses them`,
        ]
      : []),
  ]
}
