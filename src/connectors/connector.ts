import type { TObject } from 'typebox'
import type { Binding } from '../contract/raw-message.ts'
import type { Format } from '../decode/format.ts'
import type { Provider, Proving } from '../enforce/provider-kit/provider.ts'
import type { SurvivorMatrix } from '../enforce/provider-kit/survivor-matrix.ts'
import type { FeedPorts } from '../source/feeds/feed.ts'
import type { Webhook } from '../source/intake/webhook.ts'
import type { Source } from '../source/source.ts'

/**
 * One identity provider: all that Curfew knows of it, in `src/connectors/<id>/connector.ts`. What it
 * does not have is left out: a provider whose events can only be read has a `format` and no more.
 */
export interface Connector extends Proving {
  /** Name of its folder; what `provider` of a connection names, and `format` of a topic. */
  readonly id: string
  /** Its name for people. */
  readonly title: string
  /** What `settings` of its connection may say, secrets in place. Checked before anything is opened. */
  readonly settings: TObject
  /** Reads its events. Without one its events come in our own contract. */
  readonly format?: Format
  /** Lists and ends its sessions, as far as it lets us. */
  readonly provider?: Provider
  /** Polls its events. */
  readonly feed?: Feed
  /** Takes the events that it sends. Their bodies are read by `format`. */
  readonly webhook?: Webhook
  /** Which of its sessions survive what. */
  readonly matrix?: SurvivorMatrix
  /** How `curfew init` connects it. */
  readonly setup?: Setup
}

/** What `curfew init` asks, writes and prints for one provider. */
export interface Setup {
  /** Options that it needs beside whose data it is. */
  readonly asks: readonly ('address' | 'realm')[]
  /** The file for a secret that is made up for it, where it needs one. */
  readonly secretFile?: string
  /** Lines of its connection, from `settings` on, indented by four blanks; pure. */
  readonly connection: (plan: SetupPlan) => string
  /** What has to be done at the provider, in words and lines; pure. */
  readonly steps: (plan: SetupPlan) => string
}

/** What `curfew init` was told of a provider, and what it made up; '' for what was not asked. */
export interface SetupPlan {
  /** Where the provider answers. */
  readonly address: string
  readonly realm: string
  readonly clientId: string
  /** The UUID that the client is made with: events may name it by that. */
  readonly clientUuid: string
  /** Absolute; unused where there is no secret file. */
  readonly secretPath: string
}

/** A feed of a provider's events. */
export interface Feed {
  /** What `feed` of a connection may say beside `every_ms`. */
  readonly settings: TObject
  /** @throws CurfewError SETTINGS_INVALID naming fields that are not as the schemas say. */
  readonly open: (given: FeedGiven, ports: FeedPorts) => Source
}

/** A connection as its feed is opened with it. Both settings are as the connector's schemas describe. */
export interface FeedGiven {
  readonly settings: unknown
  readonly feed: unknown
  readonly everyMs: number
  readonly binding: Binding
}
