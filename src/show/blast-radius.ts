import type { Static } from 'typebox'
import { Type } from 'typebox'
import type { CurfewMode } from '../contract/curfew.ts'
import type { SessionKind } from '../contract/event-words.ts'
import type { AlsoEnds } from '../contract/order-step.ts'
import type { SessionEntry } from './sessions.ts'
import { closedObject } from './shapes.ts'

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

/** What the reach of an order depends on. */
export type Reached = Pick<
  SessionEntry,
  'instance' | 'session_kind' | 'session_id' | 'state' | 'state_by'
>

/** Kind and id, as an order's steps show it. */
const nameOf = ({ session_kind, session_id }: Reached): string => `${session_kind} ${session_id}`

/** What the call for one session ends as well, of those that are known and not proven dead. */
export function alsoEndedBy(
  target: Reached,
  known: readonly Reached[],
  ending: Ending | undefined,
): readonly string[] {
  const reach = Object.entries(ending?.alsoEnds ?? {}).find(
    ([kind]) => kind === target.session_kind,
  )?.[1]
  if (reach === undefined || reach === 'nothing') return []
  return known
    .filter((each) => each.instance === target.instance && nameOf(each) !== nameOf(target))
    .filter(({ state }) => state !== 'ended')
    .filter(
      ({ session_kind, session_id }) =>
        reach === 'subject' || (session_kind === 'online' && session_id === target.session_id),
    )
    .map(nameOf)
    .sort()
}

export interface Reach<Entry extends Reached> {
  readonly sessions: readonly (Entry & { readonly also_ends: string[] })[]
  readonly blast_radius: Static<typeof BlastRadius>
}

/** Which of a subject's sessions an order of a person would end, all or some, and what goes with them. */
export function reachOf<Entry extends Reached>(
  known: readonly Entry[],
  mode: CurfewMode,
  endingOf: (instance: string) => Ending | undefined,
  isMeant: (entry: Entry) => boolean = () => true,
): Reach<Entry> {
  const meant = known.filter(isMeant)
  // An end that was told leaves nothing to be condemned, unless it lived after it.
  const [told, owed] = [
    meant.filter(({ state, state_by }) => state === 'unknown' && state_by === 'E3'),
    meant.filter(({ state, state_by }) => state !== 'ended' && state_by !== 'E3'),
  ]
  const sessions = owed.map((each) => ({
    ...each,
    also_ends: [...alsoEndedBy(each, known, endingOf(each.instance))],
  }))
  const endable = owed.filter(({ instance, session_kind }) =>
    endingOf(instance)?.kinds.some((kind) => kind === session_kind),
  )
  const names = new Set(owed.map((each) => `${each.instance} ${nameOf(each)}`))
  const also = sessions.flatMap(({ instance, also_ends }) =>
    also_ends.filter((name) => !names.has(`${instance} ${name}`)),
  )
  return {
    sessions,
    blast_radius: {
      mode,
      to_end: mode === 'observe' ? 0 : endable.length,
      not_endable: owed.length - endable.length,
      told_ended: told.length,
      also_ended: [...new Set(also)].sort(),
    },
  }
}
