import type { CauseClass } from '../contract/cause.ts'
import type { CurfewMode } from '../contract/curfew.ts'
import type { Append, Ask, Log, Meter, Now } from '../contract/ports.ts'
import type { RejectedReason } from '../contract/rejected.ts'
import type { Fill, Pseudonym } from './api/ports.ts'
import type { Token } from './api/principal.ts'
import type { RateLimits, Server } from './api/server.ts'
import type { EndingOf } from './queries/blast-radius.ts'
import type { DetectorEntry } from './queries/detectors.ts'
import type { InstancesOf } from './queries/refuse-unknown.ts'
import type { Report } from './reporting/report.ts'

/** A file in `show/routes/`: one subject of the API, with all its paths. */
export interface Route {
  readonly id: string
  readonly mount: (server: Server, deps: Deps) => void
}

/** A delivery as it was received; its body is not parsed. */
export interface Delivery {
  readonly body: Buffer
}

/** A message of a delivery that is no event, by its position in the delivery, counted from 0. */
export interface NoEvent {
  readonly index: number
  readonly reason: RejectedReason
  readonly detail: string
}

/**
 * `accepted`: so many messages are safe, and the rejected ones are on record as no events.
 * `no_events`: all of them are such. `refused`: the signature is not of any secret in force. `busy`:
 * nothing was taken, come again.
 */
export type IntakeAnswer =
  | {
      readonly result: 'accepted'
      readonly accepted: number
      readonly rejected: readonly NoEvent[]
    }
  | { readonly result: 'no_events'; readonly rejected: readonly NoEvent[] }
  | { readonly result: 'refused' }
  | { readonly result: 'invalid' | 'too_large'; readonly reason: string }
  | { readonly result: 'busy'; readonly retryAfterMs: number }

/** How the webhooks of one provider come. */
export interface WebhookDoor {
  /** The provider, as in the path `/v1/intake/<id>`. */
  readonly id: string
  /** Its name for people. */
  readonly title: string
  /** Name of the header with the signature, in lower case. */
  readonly header: string
  readonly bodyBytesMax: number
}

/** Takes deliveries in; resolves `accepted` only once what they hold is safe. */
export interface Intake {
  /**
   * A signed webhook of the provider `id`; which tenant and instance it is for follows from the secret
   * that signed it.
   */
  readonly acceptWebhook: (
    id: string,
    delivery: Delivery & { readonly signature: string | undefined },
  ) => Promise<IntakeAnswer>
  /** Events of our own contract, as one JSON object, an array, or one object a line. */
  readonly acceptEvents: (
    delivery: Delivery & {
      readonly tenant: string
      readonly instance: string
      readonly contentType: string
    },
  ) => Promise<IntakeAnswer>
}

/** The switch that stops all enforcement of the deployment; `by` is `tenant/name`, '' for a hand. */
export interface KillSwitchPort {
  readonly read: () => Promise<KillState>
  /** @throws CurfewError ENFORCE_UNREACHABLE, ENFORCE_REFUSED. */
  readonly set: (on: boolean, by: string, reason: string) => Promise<void>
}

export interface KillState {
  readonly on: boolean
  readonly by: string
  /** ms since the epoch, null while off or when nobody wrote it down. */
  readonly at: number | null
  readonly reason: string
}

/** What the process depends on; `down` only where requests cannot be answered at all. */
export type Health = () => Promise<readonly HealthCheck[]>

export interface HealthCheck {
  readonly name: string
  readonly state: 'ready' | 'degraded' | 'down'
  /** What is wrong or how old this is, in words and without a name: anybody may ask. */
  readonly detail?: string
}

/** All that the server needs from outside. */
export interface Deps {
  readonly ask: Ask
  readonly append: Append
  readonly fill: Fill
  readonly tokens: readonly Token[]
  readonly pseudonym: Pseudonym
  readonly now: Now
  readonly log: Log
  readonly meter: Meter
  /** The metrics page, in the text format of Prometheus. */
  readonly metricsText: () => Promise<string>
  readonly reports: readonly Report[]
  readonly routes: readonly Route[]
  readonly detectors: readonly DetectorEntry[]
  readonly instancesOf: InstancesOf
  readonly intake: Intake
  /** The providers whose webhooks are taken, each at a path of its own. */
  readonly webhooks: readonly WebhookDoor[]
  readonly killSwitch: KillSwitchPort
  readonly health: Health
  readonly version: string
  /** Client ids under which our own revocations come back. */
  readonly ownClients: readonly string[]
  readonly newId: () => string
  /** What can be ended at an instance, and what goes with it. */
  readonly endingOf: EndingOf
  /** What policy does with a class of causes. */
  readonly modeOf: (cause: CauseClass) => CurfewMode
  readonly limits?: RateLimits
  /** Addresses of proxies whose forwarding headers are believed; nobody's by default. */
  readonly trustedProxies?: readonly string[]
}
