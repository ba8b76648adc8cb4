import { instanceKey } from '../contract/identity.ts'
import type { Policy } from '../contract/policy.ts'
import type { Append, Ask, Clock, Row } from '../contract/ports.ts'
import { proofRuleOf } from './deaths.ts'
import type { OpenProvider } from './provider.ts'
import { number, text } from './read-row.ts'

const youngest = `
select argMax(clock_uncertainty_ms, (at, recorded_at)) as uncertainty_ms, count() as changes
from timing`

/** Writes down what verdicts are judged by from now on: the policy's clocks and what proves where. */
export async function declareRules(deps: {
  readonly ask: Ask
  readonly append: Append
  readonly clock: Clock
  readonly policy: Policy
  readonly providers: ReadonlyMap<string, OpenProvider>
}): Promise<void> {
  await declareTiming(deps)
  await declareProofRules(deps)
}

/**
 * Writes down which clock uncertainty is in force from now on, when it is another than before: the
 * view `verdicts` judges by it, for everybody who asks, and keeps judging older instants by what
 * was in force then.
 *
 * @throws CurfewError STORE_UNREACHABLE, STORE_REFUSED.
 */
export async function declareTiming({
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

const rulesInForce = `
select tenant, instance, argMax((absence, read, own_end, other_end, refusal, toString(apart_ms)),
  (at, recorded_at)) as rule
from proof_rules
group by tenant, instance`

/**
 * Writes down what proves a death at each instance's provider from now on, where that is another
 * than before. The view `verdicts` judges by it as by the clock uncertainty.
 *
 * @throws CurfewError STORE_UNREACHABLE, STORE_REFUSED.
 */
export async function declareProofRules({
  ask,
  append,
  clock,
  providers,
}: {
  readonly ask: Ask
  readonly append: Append
  readonly clock: Clock
  /** By `instanceKey`. */
  readonly providers: ReadonlyMap<string, OpenProvider>
}): Promise<void> {
  const rows = await ask(rulesInForce)
  const before = new Map(
    rows.map((row) => [instanceKey(text(row, 'tenant'), text(row, 'instance')), wordsOf(row.rule)]),
  )
  const at = new Date(clock.now()).toISOString()
  const changed = [...providers].flatMap(([key, { capabilities }]) => {
    const { absence, read, ownEnd, otherEnd, refusal, apartMs } = proofRuleOf(capabilities)
    const words = [absence, read, ownEnd, otherEnd, refusal, String(apartMs)].join(' ')
    if (before.get(key) === words) return []
    const [tenant = '', instance = ''] = key.split('\u0000')
    const rule = { absence, read, own_end: ownEnd, other_end: otherEnd, refusal }
    return [{ tenant, instance, at, ...rule, apart_ms: apartMs }]
  })
  await append('proof_rules', changed)
}

function wordsOf(rule: Row[string] | undefined): string {
  return Array.isArray(rule) ? rule.join(' ') : ''
}
