import type { Policy } from '../contract/policy.ts'

/** Of which causes the sessions are ended, for `doctor` and for the log of `start`; pure. */
export function policyText({ causes }: Policy): string {
  const of = (wanted: string): readonly string[] =>
    Object.entries(causes)
      .filter(([, { mode }]) => mode === wanted)
      .map(([cause]) => cause)
  const [enforced, approved, observed] = [of('enforce'), of('approve'), of('observe')]
  const all = Object.keys(causes).length
  return [
    `${enforced.length} of ${all} cause classes are enforced${listed(enforced)}`,
    ...(approved.length === 0
      ? []
      : [`each order waits for an approval of${listed(approved, '')}`]),
    ...(observed.length === 0 ? [] : [`only observed, nothing is ended${listed(observed)}`]),
  ].join('; ')
}

const listed = (names: readonly string[], mark = ':'): string =>
  names.length === 0 ? '' : `${mark} ${names.join(', ')}`

/**
 * What a person who signs somebody out has to know where a policy ends sessions: undefined where it
 * ends those too, and where it ends none at all, as its words say.
 */
export function signOutWarning({ causes }: Policy): string | undefined {
  const ends = Object.values(causes).some(({ mode }) => mode !== 'observe')
  if (!ends || causes.operator_order.mode !== 'observe') return undefined
  return (
    'a sign-out that a person asks for is recorded and ends nothing, since operator_order is only observed; ' +
    'to change that, set operator_order: { mode: enforce } under causes in the policy'
  )
}
