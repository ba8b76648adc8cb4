import type { ProofRule, Worth } from '../../contract/deaths.ts'
import { worths } from '../../contract/deaths.ts'
import { greatestOf } from '../../contract/extremes.ts'
import type { Proving } from '../provider-kit/provider.ts'

export function proofRuleOf({ proofs, repeat }: Proving): ProofRule {
  const { absence, read, ownEnd, otherEnd, refusal } = proofs
  const apartMs = repeat.call === 'again' ? repeat.apartMs : 0
  return { absence, read, ownEnd, otherEnd, refusal, apartMs }
}

/** The rule by which nothing proves that does not prove by each of these; undefined for none. */
export function weakestOf(rules: readonly ProofRule[]): ProofRule | undefined {
  if (rules.length === 0) return undefined
  const least = (field: Exclude<keyof ProofRule, 'apartMs'>): Worth =>
    worths.find((worth) => rules.some((rule) => rule[field] === worth)) ?? 'acknowledges'
  return {
    absence: least('absence'),
    read: least('read'),
    ownEnd: least('ownEnd'),
    otherEnd: least('otherEnd'),
    refusal: least('refusal'),
    apartMs: greatestOf(rules.map(({ apartMs }) => apartMs)) ?? 0,
  }
}
