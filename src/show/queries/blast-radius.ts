import type { Static } from 'typebox'
import { Type } from 'typebox'
import type { CurfewMode } from '../../contract/curfew.ts'
import type { SessionKind } from '../../contract/event-words.ts'
import type { AlsoEnds } from '../../contract/order-step.ts'
import { unlistedSessions } from '../../contract/order-step.ts'
import { closedObject } from '../api/schemas.ts'
import type { SessionEntry } from './session-inventory.ts'

/** Which kinds of sessions the provider of an instance can end, and what a call also ends. */
export interface Ending {
  readonly kinds: readonly SessionKind[]
  readonly alsoEnds: { readonly [Kind in SessionKind]?: AlsoEnds }
  /** Where the provider lists no sessions, some may be there that no event named. */
  readonly canList: boolean
}

/** Undefined where no connection exists, so that nothing can be ended. */
export type EndingOf = (tenant: string, instance: string) => Ending | undefined

/** What a sign-out ends; counts of recorded sessions. */
export const BlastRadius = closedObject({
  mode: Type.String({
    description:
      'The mode that policy sets for orders of a person: enforce ends sessions, approve requires a second person, observe ends nothing.',
  }),
  will_end: Type.Boolean({
    description:
      'Whether any session is ended without a further approval; `because` gives the reason where none is.',
  }),
  because: Type.String({ description: 'Why nothing is ended; empty where a session is ended.' }),
  to_end: Type.Integer({ description: 'Sessions that would be ended, each by one call.' }),
  not_endable: Type.Integer({
    description: 'Sessions that no connection can end: they are reported and stay alive.',
  }),
  told_ended: Type.Integer({
    description:
      'Sessions with a reported end that proves nothing at their provider: no call is made for them.',
  }),
  also_ended: Type.Array(Type.String(), {
    description: 'Other sessions that the same calls also end, by kind and id.',
  }),
})

/** Whether one session is ended under the current policy and kill switch, and if not, why. */
export const willEndFields = {
  will_end: Type.Boolean({ description: 'False where `because` says why not.' }),
  because: Type.String({ description: 'Why it is not ended; empty where it is ended.' }),
}

/** What applies to every order of a person. */
export interface OrderPolicy {
  /** The mode that policy sets for them. */
  readonly mode: CurfewMode
  /** Whether the kill switch is on. */
  readonly isStopped: boolean
}

const stoppedText = 'the kill switch is on: orders wait until it is off'

const unableText = ({ instance, session_kind }: Pick<TargetSession, 'instance' | 'session_kind'>) =>
  `no connection can end a session of kind ${session_kind} at ${instance}`

/** Whether an approved order is carried out under the current kill switch, and if not, why. */
export function willEndOf(
  target: Pick<TargetSession, 'instance' | 'session_kind'>,
  isStopped: boolean,
  ending: Ending | undefined,
): { readonly will_end: boolean; readonly because: string } {
  const canEnd = ending?.kinds.some((kind) => kind === target.session_kind) ?? false
  const because = canEnd ? (isStopped ? stoppedText : '') : unableText(target)
  return { will_end: because === '', because }
}

/** Why no session at all is ended; '' where one may be ended. */
function blockedBecause({ mode, isStopped }: OrderPolicy): string {
  if (mode === 'observe') {
    return 'policy only observes orders of a person: causes.operator_order.mode is observe'
  }
  if (isStopped) return stoppedText
  return mode === 'approve'
    ? 'policy requires a second person: causes.operator_order.mode is approve'
    : ''
}

/** The fields of a session that decide what an order does to it. */
export type TargetSession = Pick<
  SessionEntry,
  'instance' | 'session_kind' | 'session_id' | 'state' | 'state_by' | 'state_at'
>

/** Kind and id, as order steps show them. */
const labelOf = ({ session_kind, session_id }: TargetSession): string =>
  `${session_kind} ${session_id}`

/**
 * The other recorded sessions, not proven dead, that the call for one session also ends; and, where the
 * provider lists none, those that no event named.
 */
export function alsoEndedBy(
  target: TargetSession,
  known: readonly TargetSession[],
  ending: Ending | undefined,
): readonly string[] {
  const reach = Object.entries(ending?.alsoEnds ?? {}).find(
    ([kind]) => kind === target.session_kind,
  )?.[1]
  if (reach === undefined || reach === 'nothing') return []
  const unknown = reach === 'subject' && ending?.canList === false ? [unlistedSessions] : []
  const ended = known
    .filter((each) => each.instance === target.instance && labelOf(each) !== labelOf(target))
    .filter(({ state }) => state !== 'ended')
    .filter(
      ({ session_kind, session_id }) =>
        reach === 'subject' || (session_kind === 'online' && session_id === target.session_id),
    )
    .map(labelOf)
  return [...ended, ...unknown].sort()
}

export interface SignOutPreview<Entry extends TargetSession> {
  readonly sessions: readonly (Entry & {
    readonly also_ends: string[]
    readonly will_end: boolean
    readonly because: string
  })[]
  readonly blast_radius: Static<typeof BlastRadius>
}

/** Which sessions of a subject an order of a person ends, all or a selection, and what the calls also end. */
export function previewOf<Entry extends TargetSession>(
  known: readonly Entry[],
  policy: OrderPolicy,
  endingOf: (instance: string) => Ending | undefined,
  isMeant: (entry: Entry) => boolean = () => true,
): SignOutPreview<Entry> {
  const meant = known.filter(isMeant)
  // A reported end leaves nothing to condemn, unless the session was alive after it.
  const [told, outstanding] = [
    meant.filter(({ state, state_by }) => state === 'unknown' && state_by === 'E3'),
    meant.filter(({ state, state_by }) => state !== 'ended' && state_by !== 'E3'),
  ]
  const isEndable = ({ instance, session_kind }: Entry) =>
    endingOf(instance)?.kinds.some((kind) => kind === session_kind) ?? false
  const nothing = blockedBecause(policy)
  const sessions = outstanding.map((each) => {
    const because = nothing !== '' || isEndable(each) ? nothing : unableText(each)
    const also_ends = [...alsoEndedBy(each, known, endingOf(each.instance))]
    return { ...each, also_ends, will_end: because === '', because }
  })
  const endable = outstanding.filter(isEndable)
  const names = new Set(outstanding.map((each) => `${each.instance} ${labelOf(each)}`))
  const also = sessions.flatMap(({ instance, also_ends }) =>
    also_ends.filter((name) => !names.has(`${instance} ${name}`)),
  )
  return {
    sessions,
    blast_radius: {
      mode: policy.mode,
      will_end: sessions.some(({ will_end }) => will_end),
      because: sessions.some(({ will_end }) => will_end)
        ? ''
        : nothing || sessions[0]?.because || noneOutstanding(told.length),
      to_end: policy.mode === 'observe' ? 0 : endable.length,
      not_endable: outstanding.length - endable.length,
      told_ended: told.length,
      also_ended: [...new Set(also)].sort(),
    },
  }
}

function noneOutstanding(reportedEnded: number): string {
  return reportedEnded === 0
    ? 'every recorded session is proven dead'
    : 'an end was reported for every recorded session, and no use after it'
}
