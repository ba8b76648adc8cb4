import type { Capabilities, Worth } from './provider.ts'

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

/** Where there is no provider to ask, each proves by itself; the view says the same. */
export const everythingProves: ProofRule = {
  absence: 'proves',
  read: 'proves',
  ownEnd: 'proves',
  otherEnd: 'proves',
  refusal: 'proves',
  apartMs: 0,
}

export function proofRuleOf({ proofs, repeat }: Capabilities): ProofRule {
  const { absence, read, ownEnd, otherEnd, refusal } = proofs
  const apartMs = repeat.call === 'again' ? repeat.apartMs : 0
  return { absence, read, ownEnd, otherEnd, refusal, apartMs }
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
}

interface Death {
  readonly at: number
  readonly worth: Worth
}

/** What was seen of the end of one life, and of our calls for it; all instants ms. */
export interface Ended {
  readonly deaths: readonly Death[]
  readonly acknowledgedAt: number
  /** When the provider, asked again, had nothing left to end; null when not since its last life. */
  readonly nothingLeftAt: number | null
  readonly apartMs: number
}

/** Weighs all that was seen after the last sign of life within one life, oldest first. */
export function endedOf(
  known: EndFacts,
  within: (at: number) => boolean,
  aliveAt: number | null,
  uncertaintyMs: number,
): Ended {
  const { rule } = known
  const after = (at: number): boolean => within(at) && at > (aliveAt ?? Number.NEGATIVE_INFINITY)
  const calls = known.calls.filter(within)
  const isEcho = (at: number): boolean =>
    calls.some((call) => at >= call - uncertaintyMs && at <= call + echoMs)
  const deaths: Death[] = [
    ...known.gone.map(({ at, means }) => ({ at, worth: worthOf(rule, means) })),
    ...known.ends.map((at) => ({ at, worth: isEcho(at) ? rule.ownEnd : rule.otherEnd })),
    ...known.refusals.map((at) => ({ at, worth: rule.refusal })),
  ]
  const acknowledgedAt = known.acknowledged.filter(within).reduce((a, b) => Math.max(a, b), 0)
  const left = known.nothingLeft.filter((at) => after(at) && at > acknowledgedAt)
  return {
    deaths: deaths.filter(({ at }) => after(at)).sort((one, other) => one.at - other.at),
    acknowledgedAt,
    nothingLeftAt: left.length === 0 ? null : left.reduce((a, b) => Math.min(a, b)),
    apartMs: rule.apartMs,
  }
}

/** The earliest proof of death that is not before the cause, by the rule of the view; or null. */
export function deadSince(
  { deaths, acknowledgedAt, nothingLeftAt, apartMs }: Ended,
  causeAt: number,
): number | null {
  const later = deaths.filter(({ at }) => at >= causeAt)
  const apartAt = Math.max(acknowledgedAt, later[0]?.at ?? 0) + apartMs
  const provedAt = ({ at, worth }: Death): readonly number[] => {
    if (worth === 'proves') return [at]
    if (worth === 'again_apart' && at >= apartAt) return [at]
    if (worth === 'acknowledges' || nothingLeftAt === null) return []
    return [Math.max(at, nothingLeftAt)]
  }
  const proofs = later.flatMap(provedAt)
  return proofs.length === 0 ? null : proofs.reduce((a, b) => Math.min(a, b))
}

function worthOf({ absence, read }: ProofRule, means: string): Worth {
  if (means === 'listing') return absence
  return means === 'read' ? read : 'proves'
}
