import { Type } from 'typebox'
import { BaseUrl, Secret } from '../../enforce/provider-kit/settings.ts'

/** What `settings` of its connection may say. */
export const Settings = Type.Object(
  { base_url: BaseUrl, token: Secret },
  { additionalProperties: false },
)

/** Its feed can only be told how often it is polled. */
export const FeedSettings = Type.Object({}, { additionalProperties: false })
