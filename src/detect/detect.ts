import type { EventType } from '../contract/event-words.ts'
import type { DetectorMode, Finding } from '../contract/finding.ts'
import { identify } from '../contract/identity.ts'
import type { Moment } from '../contract/memory.ts'
import type { Policy } from '../contract/policy.ts'
import type { Log, Meter, Now } from '../contract/ports.ts'
import type { Detector, Sight } from './detector.ts'
import { insufficient, nothing } from './detector.ts'

export type Detect = (moments: Iterable<Moment>) => readonly Finding[]

export interface DetectOptions {
  readonly detectors: readonly Detector[]
  readonly policy: Policy
  readonly now: Now
  readonly log: Log
  readonly meter: Meter
}

/**
 * Runs every detector that policy has not switched off over each moment, in order. A detector that
 * fails is counted and left out of that moment: one bad rule must not stop the evidence of others.
 */
export function makeDetect({ detectors, policy, now, log, meter }: DetectOptions): Detect {
  const byType = tableOf(detectors, policy)
  let lastVersion = 0
  const look = ({ detector }: Looking, moment: Moment): readonly Sight[] => {
    try {
      const sights = detector.inspect(moment, policy)
      if (sights === insufficient) {
        meter.count('curfew_detect_insufficient_total', { detector: detector.id })
      }
      return sights
    } catch (error) {
      meter.count('curfew_detect_failures_total', { detector: detector.id })
      log.error({ detector: detector.id, error, eventId: moment.event.id }, 'a detector failed')
      return nothing
    }
  }
  return (moments) => {
    const findings: Finding[] = []
    for (const moment of moments) {
      for (const looking of byType.get(moment.event.type) ?? none) {
        for (const sight of look(looking, moment)) {
          // Two judgements of one finding within a millisecond still have an order.
          lastVersion = Math.max(now(), lastVersion + 1)
          findings.push(findingOf(sight, looking, moment, lastVersion))
        }
      }
    }
    return findings
  }
}

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

/** A lifecycle finding reports a curfew and never imposes a second, whatever policy says. */
function modeOf(detector: Detector, policy: Policy): DetectorMode {
  const mode = policy.detectors[detector.id]?.mode ?? detector.mode
  return detector.family === 'lifecycle' && imposing.has(mode) ? 'inform' : mode
}

const imposing: ReadonlySet<DetectorMode> = new Set<DetectorMode>(['propose', 'act'])

function findingOf(
  sight: Sight,
  { detector, mode }: Looking,
  moment: Moment,
  version: number,
): Finding {
  const { event, subject } = moment
  const { tenant, instance } = event
  const session = sight.session ?? { kind: event.sessionKind, id: event.sessionId }
  const root = sight.on === 'session' ? [session.kind, session.id] : [event.subjectRef]
  return {
    tenant,
    instance,
    findingId: identify(
      'finding',
      detector.id,
      tenant,
      instance,
      sight.on,
      ...root,
      ...sight.about,
    ),
    version,
    standing: sight.standing,
    detector: detector.id,
    severity: sight.severity ?? detector.severity,
    mode,
    at: sight.at,
    receivedAt: event.receivedAt,
    subjectRef: subject?.ref ?? event.subjectRef,
    sessionKind: session.id === '' ? '' : session.kind,
    sessionId: session.id,
    why: sight.why,
    eventIds: [...sight.eventIds].sort(),
    facts: sight.facts,
    asOf: null,
  }
}
