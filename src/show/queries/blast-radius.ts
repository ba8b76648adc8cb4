import type { Static } from 'typebox'
import { Type } from 'typebox'
import type { CurfewMode } from '../../contract/curfew.ts'
import type { SessionKind } from '../../contract/event-words.ts'
import type { AlsoEnds } from '../../contract/order-step.ts'
import { closedObject } from '../api/schemas.ts'
import type { SessionEntry } from './session-inventory.ts'

/** What the provider of an instance can end, and what a call takes with it. */
export interface Ending {
  readonly kinds: readonly SessionKind[]
  readonly alsoEnds: { readonly [Kind in SessionKind]?: AlsoEnds }
}

/** Undefined where nothing can be ended, for want of a connection. */
export type EndingOf = (tenant: string, instance: string) => Ending | undefined

/** How far a sign-out reaches; counts of sessions that are known. */
export const BlastRadius = closedObject({
  mode: Type.String({
    description:
      'What policy does with an order of a person: enforce ends, approve asks once more, observe ends nothing.',
  }),
  will_end: Type.Boolean({
    description:
      'Whether anything is ended as things stand, without another person; `because` says why not.',
  }),
  because: Type.String({ description: 'Why nothing is ended; empty where something is.' }),
  to_end: Type.Integer({ description: 'Sessions that would be ended, each by a call.' }),
  not_endable: Type.Integer({
    description: 'Sessions that no connection can end: they are reported on, and live on.',
  }),
  told_ended: Type.Integer({
    description:
      'Sessions of which an end was told that proves nothing at their provider: they are not called for.',
  }),
  also_ended: Type.Array(Type.String(), {
    description: 'Sessions that are ended with them and are not among them, by kind and id.',
  }),
})

/** Whether one session is ended as things stand, and if not, why. */
export const willEndFields = {
  will_end: Type.Boolean({ description: 'False where `because` says why not.' }),
  because: Type.String({ description: 'Why it is not ended; empty where it is.' }),
}

/** What holds for every order of a person. */
export interface OrderPolicy {
  /** What policy does with them. */
  readonly mode: CurfewMode
  /** The kill switch is on. */
  readonly isStopped: boolean
}

const stoppedText = 'the kill switch is on: orders wait until it is off'

const unableText = ({ instance, session_kind }: Pick<TargetSession, 'instance' | 'session_kind'>) =>
  `no connection can end a session of kind ${session_kind} at ${instance}`

/** Whether an order that a person approves is carried out as things stand, and if not, why. */
export function willEndOf(
  target: Pick<TargetSession, 'instance' | 'session_kind'>,
  isStopped: boolean,
  ending: Ending | undefined,
): { readonly will_end: boolean; readonly because: string } {
  const canEnd = ending?.kinds.some((kind) => kind === target.session_kind) ?? false
  const because = canEnd ? (isStopped ? stoppedText : '') : unableText(target)
  return { will_end: because === '', because }
}

/** Why nothing is ended, whichever session it is; '' where something may be. */
function blockedBecause({ mode, isStopped }: OrderPolicy): string {
  if (mode === 'observe') {
    return 'policy only observes orders of a person: causes.operator_order.mode is observe'
  }
  if (isStopped) return stoppedText
  return mode === 'approve'
    ? 'policy asks another person first: causes.operator_order.mode is approve'
    : ''
}

/** What the reach of an order depends on. */
export type TargetSession = Pick<
  SessionEntry,
  'instance' | 'session_kind' | 'session_id' | 'state' | 'state_by' | 'state_at'
>

/** Kind and id, as an order's steps show it. */
const labelOf = ({ session_kind, session_id }: TargetSession): string =>
  `${session_kind} ${session_id}`

/** What the call for one session ends as well, of those that are known and not proven dead. */
export function alsoEndedBy(
  target: TargetSession,
  known: readonly TargetSession[],
  ending: Ending | undefined,
): readonly string[] {
  const reach = Object.entries(ending?.alsoEnds ?? {}).find(
    ([kind]) => kind === target.session_kind,
  )?.[1]
  if (reach === undefined || reach === 'nothing') return []
  return known
    .filter((each) => each.instance === target.instance && labelOf(each) !== labelOf(target))
    .filter(({ state }) => state !== 'ended')
    .filter(
      ({ session_kind, session_id }) =>
        reach === 'subject' || (session_kind === 'online' && session_id === target.session_id),
    )
    .map(labelOf)
    .sort()
}

export interface SignOutPreview<Entry extends TargetSession> {
  readonly sessions: readonly (Entry & {
    readonly also_ends: string[]
    readonly will_end: boolean
    readonly because: string
  })[]
  readonly blast_radius: Static<typeof BlastRadius>
}

/** Which of a subject's sessions an order of a person would end, all or some, and what goes with them. */
export function previewOf<Entry extends TargetSession>(
  known: readonly Entry[],
  policy: OrderPolicy,
  endingOf: (instance: string) => Ending | undefined,
  isMeant: (entry: Entry) => boolean = () => true,
): SignOutPreview<Entry> {
  const meant = known.filter(isMeant)
  // An end that was told leaves nothing to be condemned, unless it lived after it.
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
    ? 'no session is known that is not proven dead'
    : 'an end was told of each session that is known, and no life after it'
}
