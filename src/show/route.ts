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

/** A file in `show/routes/`: one resource of the API with all its paths. */
export interface Route {
  readonly id: string
  readonly mount: (server: Server, deps: Deps) => void
}

/** A delivery as it was received; its body is not parsed. */
export interface Delivery {
  readonly body: Buffer
}

/** A message of a delivery that is no event, by its index in the delivery, counted from 0. */
export interface NoEvent {
  readonly index: number
  readonly reason: RejectedReason
  readonly detail: string
}

/**
 * `accepted`: so many messages are durable, and the rejected ones are recorded.
 * `no_events`: all messages were rejected. `refused`: no active secret matches the signature. `busy`:
 * nothing was accepted; retry later.
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

/** Where one provider sends its webhooks. */
export interface WebhookDoor {
  /** The provider, as in the path `/v1/intake/<id>`. */
  readonly id: string
  /** Its name for people. */
  readonly title: string
  /** Name of the header with the signature, in lower case. */
  readonly header: string
  readonly bodyBytesMax: number
}

/** Accepts deliveries; resolves `accepted` only once their messages are durable. */
export interface Intake {
  /**
   * A signed webhook of the provider `id`; the secret that signed it determines tenant and instance.
   */
  readonly acceptWebhook: (
    id: string,
    delivery: Delivery & { readonly signature: string | undefined },
  ) => Promise<IntakeAnswer>
  /** Events of our own contract: one JSON object, an array, or one object per line. */
  readonly acceptEvents: (
    delivery: Delivery & {
      readonly tenant: string
      readonly instance: string
      readonly contentType: string
    },
  ) => Promise<IntakeAnswer>
}

/** The switch that stops all enforcement of the deployment; `by` is `tenant/name`, '' when set through the file. */
export interface KillSwitchPort {
  readonly read: () => Promise<KillState>
  /** @throws CurfewError ENFORCE_UNREACHABLE, ENFORCE_REFUSED. */
  readonly set: (on: boolean, by: string, reason: string) => Promise<void>
}

export interface KillState {
  readonly on: boolean
  readonly by: string
  /** ms since the epoch; null while off, or when the instant was not recorded. */
  readonly at: number | null
  readonly reason: string
}

/** A dependency of the process; `down` only where requests cannot be answered at all. */
export type Health = () => Promise<readonly HealthCheck[]>

export interface HealthCheck {
  readonly name: string
  readonly state: 'ready' | 'degraded' | 'down'
  /** The problem or its age, without any name: the path needs no token. */
  readonly detail?: string
}

/** Everything the server gets from outside. */
export interface Deps {
  readonly ask: Ask
  readonly append: Append
  readonly fill: Fill
  readonly tokens: readonly Token[]
  readonly pseudonym: Pseudonym
  readonly now: Now
  readonly log: Log
  readonly meter: Meter
  /** The metrics in the text format of Prometheus. */
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
  /** Client ids under which providers report our own revocations. */
  readonly ownClients: readonly string[]
  readonly newId: () => string
  /** What can be ended at an instance, and what a call also ends. */
  readonly endingOf: EndingOf
  /** The mode that policy sets for a class of causes. */
  readonly modeOf: (cause: CauseClass) => CurfewMode
  readonly limits?: RateLimits
  /** Addresses of proxies whose forwarding headers are trusted; none by default. */
  readonly trustedProxies?: readonly string[]
}
