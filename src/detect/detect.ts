import type { OnFault } from '../contract/code-fault.ts'
import { thrownOn } from '../contract/code-fault.ts'
import type { EventType } from '../contract/event-words.ts'
import type { DetectorMode, Finding } from '../contract/finding.ts'
import { identify } from '../contract/identity.ts'
import type { EventContext } from '../contract/memory.ts'
import type { Policy } from '../contract/policy.ts'
import type { Meter, Now } from '../contract/ports.ts'
import type { Detector, Sight } from './detector.ts'
import { insufficient } from './detector.ts'
import { rootKey, rootOf } from './finding-root.ts'
import { modeOf } from './mode.ts'

export type Detect = (contexts: Iterable<EventContext>) => readonly Finding[]

export interface DetectOptions {
  readonly detectors: readonly Detector[]
  readonly policy: Policy
  readonly now: Now
  readonly meter: Meter
  /** Called for each event on which a detector threw. */
  readonly onFault?: OnFault
}

/**
 * Runs every detector that policy has not switched off over each context, in order. A detector that
 * throws, or tells a time that is none, does not judge that event: one bad rule must not stop the evidence
 * of others. It is told to `onFault`.
 */
export function makeDetect({
  detectors,
  policy,
  now,
  meter,
  onFault = () => {},
}: DetectOptions): Detect {
  const byType = tableOf(detectors, policy)
  let lastVersion = 0
  const look = (looking: Looking, context: EventContext): readonly Finding[] => {
    const sights = looking.detector.inspect(context, policy)
    if (sights === insufficient) {
      meter.count('curfew_detect_insufficient_total', { detector: looking.detector.id })
    }
    if (sights.length === 0) return nothing
    return sights.map((sight) => {
      // Two judgements of one finding within a millisecond still have an order.
      lastVersion = Math.max(now(), lastVersion + 1)
      return findingOf(sight, looking, context, lastVersion)
    })
  }
  return (contexts) => {
    const findings: Finding[] = []
    for (const context of contexts) {
      for (const looking of byType.get(context.event.type) ?? none) {
        try {
          for (const finding of look(looking, context)) findings.push(finding)
        } catch (error) {
          const { tenant, instance, source } = context.event
          const of = {
            tenant,
            instance,
            source,
            stage: 'detect',
            part: looking.detector.id,
          } as const
          onFault({ ...of, ...thrownOn(error) })
        }
      }
    }
    return findings
  }
}

const nothing: readonly Finding[] = []

const none: readonly Looking[] = []

interface Looking {
  readonly detector: Detector
  readonly mode: DetectorMode
}

/** Which detectors look at which type of event, so that an event costs only its own. */
function tableOf(
  detectors: readonly Detector[],
  policy: Policy,
): Map<EventType, readonly Looking[]> {
  const table = new Map<EventType, Looking[]>()
  for (const detector of detectors) {
    const mode = modeOf(detector, policy)
    if (mode === 'off') continue
    for (const type of detector.types) {
      table.set(type, [...(table.get(type) ?? []), { detector, mode }])
    }
  }
  return table
}

function findingOf(
  sight: Sight,
  { detector, mode }: Looking,
  context: EventContext,
  version: number,
): Finding {
  const { event, subject } = context
  const { tenant, instance } = event
  // The store would refuse the row, and with it everything that is written beside it.
  if (!Number.isFinite(sight.at)) throw new TypeError('a finding needs a time')
  const session = sight.session ?? { kind: event.sessionKind, id: event.sessionId }
  // A session's own name holds its kind also where the finding names no session.
  const key = rootKey(sight.on, {
    subjectRef: event.subjectRef,
    sessionKind: session.kind,
    sessionId: session.id,
  })
  const named = {
    subjectRef: subject?.ref ?? event.subjectRef,
    sessionKind: session.id === '' ? '' : session.kind,
    sessionId: session.id,
  }
  return {
    tenant,
    instance,
    findingId: identify('finding', detector.id, tenant, instance, ...key, ...sight.about),
    version,
    standing: sight.standing,
    detector: detector.id,
    severity: sight.severity ?? detector.severity,
    mode,
    at: sight.at,
    receivedAt: event.receivedAt,
    ...rootOf(sight.on, named),
    ...named,
    why: sight.why,
    eventIds: [...sight.eventIds].sort(),
    facts: sight.facts,
    asOf: null,
  }
}
