import { greatestOf, leastOf } from './extremes.ts'

/**
 * The value of an observation at a provider. `proves`: it proves a death by itself.
 * `after_nothing_left`: it proves once the provider, asked again to end the session, has answered
 * that there is nothing left to end (`RepeatCall`). `again_apart`: it proves when it comes at least
 * `apartMs` after the first end or refusal and after the last call that ended something, or once
 * nothing is left to end.
 * `acknowledges`: it proves nothing. The view `verdicts` applies the same rules.
 */
export type Worth = 'proves' | 'after_nothing_left' | 'again_apart' | 'acknowledges'

/** What proves a death at one instance: the proof rules of its provider. */
export interface ProofRule {
  readonly absence: Worth
  readonly read: Worth
  readonly ownEnd: Worth
  readonly otherEnd: Worth
  readonly refusal: Worth
  /** 0 where one call is enough. */
  readonly apartMs: number
}

/**
 * The rule without a recorded one, for an instance whose provider is unknown: an end reported in events
 * of our own contract means that the session cannot be used any more. An end after our own call may be
 * its echo. The view has the same rule.
 */
export const contractRule: ProofRule = {
  absence: 'proves',
  read: 'proves',
  ownEnd: 'acknowledges',
  otherEnd: 'proves',
  refusal: 'proves',
  apartMs: 0,
}

/** From the weakest to the strongest. */
export const worths: readonly Worth[] = [
  'acknowledges',
  'after_nothing_left',
  'again_apart',
  'proves',
]

/** A rule from a row: its values in the order of their columns, and the ms. */
export function ruleFrom(cell: unknown): ProofRule {
  const [absence, read, ownEnd, otherEnd, refusal, apartMs] = Array.isArray(cell) ? cell : []
  return {
    absence: worthFrom(absence),
    read: worthFrom(read),
    ownEnd: worthFrom(ownEnd),
    otherEnd: worthFrom(otherEnd),
    refusal: worthFrom(refusal),
    apartMs: Number(apartMs),
  }
}

/** An unknown value, from a later version, proves nothing. */
function worthFrom(word: unknown): Worth {
  return worths.find((each) => each === word) ?? 'acknowledges'
}

/** How long after a call an end event may still be the echo of it, ms; the view has the same value. */
const echoMs = 60_000

/** Facts about the ends of one session id and calls for them; instants ms. */
export interface EndFacts {
  readonly rule: ProofRule
  readonly calls: readonly number[]
  readonly acknowledged: readonly number[]
  readonly nothingLeft: readonly number[]
  readonly gone: readonly { readonly at: number; readonly means: string }[]
  readonly ends: readonly number[]
  readonly refusals: readonly number[]
  /** When its provider last accepted it, by observers there. */
  readonly usedAts: readonly number[]
  /** When a list or a read last showed it alive. */
  readonly shownAts: { readonly listing: readonly number[]; readonly read: readonly number[] }
}

/**
 * Sources that were blind to a session: a list, a read, or a call that found nothing to end, although the session was used afterwards.
 * Such a source proves nothing about this session until it shows the session once.
 */
export interface BlindTo {
  readonly listing: boolean
  readonly read: boolean
  readonly call: boolean
}

interface Death {
  readonly at: number
  readonly level: DeathLevel
  readonly worth: Worth
}

/** Read back as gone, ended by event, refused. */
export type DeathLevel = 'E2' | 'E3' | 'E4'

/** Facts about the end of one incarnation, and our calls for it; all instants ms. */
export interface Ended {
  readonly deaths: readonly Death[]
  readonly acknowledgedAt: number
  /** When the provider, called again, had nothing left to end; null when not since the last proof of life. */
  readonly nothingLeftAt: number | null
  readonly apartMs: number
  readonly blindTo: BlindTo
}

/** One incarnation of a session: its bounds in ms since the epoch. */
export interface Span {
  readonly from: number
  readonly until: number
}

/** Whether a proof of life, or a call, belongs to an incarnation. */
export const isIn = ({ from, until }: Span, at: number): boolean => at >= from && at < until

/** The same for a proof of death: at the begin of an incarnation it belongs to the one before. */
export const isEndIn = ({ from, until }: Span, at: number): boolean => at > from && at <= until

/** Assesses the facts after the last proof of life within one incarnation, oldest first. */
export function endedOf(
  known: EndFacts,
  life: Span,
  aliveAt: number | null,
  uncertaintyMs: number,
): Ended {
  const { rule } = known
  const within = (at: number): boolean => isIn(life, at)
  const blindTo = blindOf(known, life, uncertaintyMs)
  const after = (at: number): boolean => at > (aliveAt ?? Number.NEGATIVE_INFINITY)
  const calls = known.calls.filter(within).sort((one, other) => one - other)
  const isEcho = (at: number): boolean => {
    // The last call that is not clearly after it is the one that it could follow soonest.
    const last = calls[countUpTo(calls, at + uncertaintyMs) - 1]
    return last !== undefined && at <= last + echoMs
  }
  const deaths: Death[] = [
    ...known.gone.map(({ at, means }) => ({
      at,
      level: 'E2' as const,
      worth: worthOf(rule, blindTo, means),
    })),
    ...known.ends.map((at) => ({
      at,
      level: 'E3' as const,
      worth: isEcho(at) ? rule.ownEnd : rule.otherEnd,
    })),
    ...known.refusals.map((at) => ({ at, level: 'E4' as const, worth: rule.refusal })),
  ]
  const acknowledgedAt = greatestOf(known.acknowledged.filter(within)) ?? 0
  const isLeft = (at: number): boolean => !blindTo.call && after(at) && at > acknowledgedAt
  const left = known.nothingLeft.filter(within).filter(isLeft)
  return {
    deaths: deaths
      .filter(({ at }) => isEndIn(life, at) && after(at))
      .sort((one, other) => one.at - other.at),
    acknowledgedAt,
    nothingLeftAt: leastOf(left),
    apartMs: rule.apartMs,
    blindTo,
  }
}

/** How many of some ordered instants are not after another one. */
function countUpTo(sorted: readonly number[], at: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if ((sorted[middle] ?? 0) <= at) low = middle + 1
    else high = middle
  }
  return low
}

function blindOf(
  { usedAts, shownAts, acknowledged, nothingLeft, gone }: EndFacts,
  life: Span,
  uncertaintyMs: number,
): BlindTo {
  const within = (at: number): boolean => isIn(life, at)
  const last = (instants: readonly number[]): number =>
    greatestOf(instants.filter(within)) ?? Number.NEGATIVE_INFINITY
  const livedAt = last(usedAts) - uncertaintyMs
  const isBlind = (silent: readonly number[], shown: readonly number[]): boolean => {
    const shownAt = last(shown)
    return silent.some((at) => at > shownAt && at < livedAt)
  }
  const goneBy = (means: string) =>
    gone.filter((each) => each.means === means && isEndIn(life, each.at)).map(({ at }) => at)
  return {
    listing: isBlind(goneBy('listing'), shownAts.listing),
    read: isBlind(goneBy('read'), shownAts.read),
    call: isBlind(nothingLeft.filter(within), acknowledged),
  }
}

/** The proofs of death from the cause on, each at the instant from which it proves. */
export function proofsOf(
  { deaths, acknowledgedAt, nothingLeftAt, apartMs }: Ended,
  causeAt: number,
): readonly Pick<Death, 'at' | 'level'>[] {
  const later = deaths.filter(({ at }) => at >= causeAt)
  const apartAt = Math.max(acknowledgedAt, later[0]?.at ?? 0) + apartMs
  return later.flatMap(({ at, level, worth }) => {
    if (worth === 'proves' || (worth === 'again_apart' && at >= apartAt)) return [{ at, level }]
    if (worth === 'acknowledges' || nothingLeftAt === null) return []
    return [{ at: Math.max(at, nothingLeftAt), level }]
  })
}

/** The earliest proof of death from the cause on, by the rule of the view; or null. */
export function deadSince(ended: Ended, causeAt: number): number | null {
  return leastOf(proofsOf(ended, causeAt).map(({ at }) => at))
}

function worthOf({ absence, read }: ProofRule, blindTo: BlindTo, means: string): Worth {
  if (means === 'listing') return blindTo.listing ? 'acknowledges' : absence
  if (means === 'read') return blindTo.read ? 'acknowledges' : read
  return 'proves'
}
