import type { ProofRule } from '../../contract/deaths.ts'
import { ruleFrom } from '../../contract/deaths.ts'
import { instanceKey } from '../../contract/identity.ts'
import type { Policy } from '../../contract/policy.ts'
import type { Append, Ask, Clock } from '../../contract/ports.ts'
import { number, text } from '../../contract/read-row.ts'
import type { OpenProvider, Proving } from '../provider-kit/provider.ts'
import { proofRuleOf, weakestOf } from './proof-rule.ts'

const youngest = `
select argMax(clock_uncertainty_ms, (at, recorded_at)) as uncertainty_ms, count() as changes
from timing`

/** Writes down what verdicts are judged by from now on: the policy's clocks and what proves where. */
export async function recordRules({
  providers,
  ...deps
}: {
  readonly ask: Ask
  readonly append: Append
  readonly clock: Clock
  readonly policy: Policy
  readonly providers: ReadonlyMap<string, OpenProvider>
}): Promise<void> {
  const proving = new Map([...providers].map(([key, { capabilities }]) => [key, [capabilities]]))
  await recordTiming(deps)
  await recordProofRules({ ...deps, proving })
}

/**
 * Writes down which clock uncertainty is in force from now on, when it is another than before: the
 * view `verdicts` judges by it, for everybody who asks, and keeps judging older instants by what
 * was in force then.
 *
 * @throws CurfewError STORE_UNREACHABLE, STORE_REFUSED.
 */
export async function recordTiming({
  ask,
  append,
  clock,
  policy,
}: {
  readonly ask: Ask
  readonly append: Append
  readonly clock: Clock
  readonly policy: Policy
}): Promise<void> {
  const { clockUncertaintyMs } = policy.timing
  const row = (await ask(youngest))[0]
  if (row && number(row, 'changes') > 0 && number(row, 'uncertainty_ms') === clockUncertaintyMs) {
    return
  }
  const at = new Date(clock.now()).toISOString()
  await append('timing', [{ at, clock_uncertainty_ms: clockUncertaintyMs }])
}

/** By the words of the view `verdicts`, as of now: a clock that was set back must not hide a change. */
const rulesInForce = `
select tenant, instance, argMin((absence, read, own_end, other_end, refusal, apart_ms),
  (at > {as_of:DateTime64(3)}, abs(dateDiff('millisecond', at, {as_of:DateTime64(3)})),
    -toUnixTimestamp64Milli(recorded_at))) as rule
from proof_rules
group by tenant, instance`

/**
 * Writes down what proves a death at each instance from now on, where that is another than before. The
 * view `verdicts` judges by it as by the clock uncertainty.
 *
 * @throws CurfewError STORE_UNREACHABLE, STORE_REFUSED.
 */
export async function recordProofRules({
  ask,
  append,
  clock,
  proving,
  onlyWeaker = false,
}: {
  readonly ask: Ask
  readonly append: Append
  readonly clock: Clock
  /** By `instanceKey`; of several providers each has to prove it. */
  readonly proving: ReadonlyMap<string, readonly Proving[]>
  /** What is guessed from the format of its events may take from what is on record, and add nothing. */
  readonly onlyWeaker?: boolean
}): Promise<void> {
  const now = clock.now()
  const rows = await ask(rulesInForce, { as_of: now })
  const before = new Map(
    rows.map((row) => [
      instanceKey(text(row, 'tenant'), text(row, 'instance')),
      ruleFrom(row.rule),
    ]),
  )
  const at = new Date(now).toISOString()
  const changed = [...proving].flatMap(([key, each]) => {
    const known = before.get(key)
    const wanted = each.map(proofRuleOf)
    const rule = weakestOf(onlyWeaker && known ? [known, ...wanted] : wanted)
    if (!rule || (known && isSame(known, rule))) return []
    const { absence, read, ownEnd, otherEnd, refusal, apartMs } = rule
    const [tenant = '', instance = ''] = key.split('\u0000')
    const words = { absence, read, own_end: ownEnd, other_end: otherEnd, refusal }
    return [{ tenant, instance, at, ...words, apart_ms: apartMs }]
  })
  await append('proof_rules', changed)
}

function isSame(one: ProofRule, other: ProofRule): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
