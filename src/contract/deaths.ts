import { greatestOf, leastOf } from './extremes.ts'

/**
 * What an observation at a provider is worth. `proves`: it proves a death by itself.
 * `after_nothing_left`: it proves once the provider, asked again to end the session, has answered
 * that there is nothing left to end (`RepeatCall`). `again_apart`: it proves when it comes at least
 * `apartMs` after the first end or refusal and after the last call that ended something, or once
 * nothing is left to end.
 * `acknowledges`: it proves nothing. The view `verdicts` judges by it too.
 */
export type Worth = 'proves' | 'after_nothing_left' | 'again_apart' | 'acknowledges'

/** What proves a death at one instance: the capabilities of its provider, as far as they say so. */
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
 * Where no rule is on record, because nothing tells what the provider is: whoever writes session events
 * of our own says with an end that the session cannot be used any more. What follows our own call may be
 * its echo. The view says the same.
 */
export const contractRule: ProofRule = {
  absence: 'proves',
  read: 'proves',
  ownEnd: 'acknowledges',
  otherEnd: 'proves',
  refusal: 'proves',
  apartMs: 0,
}

/** From what proves least to what proves most. */
export const worths: readonly Worth[] = [
  'acknowledges',
  'after_nothing_left',
  'again_apart',
  'proves',
]

/** A rule as a row tells it: its words in the order of their columns, and the ms. */
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

/** A word of a later version is taken for none of ours: it proves nothing. */
function worthFrom(word: unknown): Worth {
  return worths.find((each) => each === word) ?? 'acknowledges'
}

/** So long after a call an end event may still be the echo of it, ms; the view says the same. */
const echoMs = 60_000

/** What is known of the ends of one session id and of calls for them; instants ms. */
export interface EndFacts {
  readonly rule: ProofRule
  readonly calls: readonly number[]
  readonly acknowledged: readonly number[]
  readonly nothingLeft: readonly number[]
  readonly gone: readonly { readonly at: number; readonly means: string }[]
  readonly ends: readonly number[]
  readonly refusals: readonly number[]
  /** When its provider accepted it last, by observers there. */
  readonly usedAts: readonly number[]
  /** When a list or a read showed it last. */
  readonly shownAts: { readonly listing: readonly number[]; readonly read: readonly number[] }
}

/**
 * What was silent about a session that was used afterwards, and has not shown it since: a list, a read,
 * or a call that found nothing left to end. Its silence proves nothing of this session any more.
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

/** What was seen of the end of one life, and of our calls for it; all instants ms. */
export interface Ended {
  readonly deaths: readonly Death[]
  readonly acknowledgedAt: number
  /** When the provider, asked again, had nothing left to end; null when not since its last life. */
  readonly nothingLeftAt: number | null
  readonly apartMs: number
  readonly blindTo: BlindTo
}

/** One life of a session: the instants, ms since the epoch, from which and before which it held. */
export interface Span {
  readonly from: number
  readonly until: number
}

/** Whether a sign of life, or a call, falls into a life. */
export const isIn = ({ from, until }: Span, at: number): boolean => at >= from && at < until

/** The same of what shows an end: at the instant at which a life begins it is that of the life before. */
export const isEndIn = ({ from, until }: Span, at: number): boolean => at > from && at <= until

/** Weighs all that was seen after the last sign of life within one life, oldest first. */
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

/** How many of some instants, in order, are not after another one. */
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

/** What proves the death, of all that is not before the cause, each from the instant at which it proves. */
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

/** The earliest proof of death that is not before the cause, by the rule of the view; or null. */
export function deadSince(ended: Ended, causeAt: number): number | null {
  return leastOf(proofsOf(ended, causeAt).map(({ at }) => at))
}

function worthOf({ absence, read }: ProofRule, blindTo: BlindTo, means: string): Worth {
  if (means === 'listing') return blindTo.listing ? 'acknowledges' : absence
  if (means === 'read') return blindTo.read ? 'acknowledges' : read
  return 'proves'
}
