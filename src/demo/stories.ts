import type { CauseClass } from '../contract/cause.ts'
import { inert } from '../contract/inert.ts'
import type { FoundCurfew } from './evaluation.ts'

/** What happened to somebody, as the rest of a sentence that begins with a name. */
const happened: { readonly [cause in CauseClass]: string } = {
  credential_reset: "'s password was reset",
  credential_changed: ' changed the password',
  factor_changed: "'s factor was changed",
  subject_suspended: ' was suspended',
  subject_offboarded: ' left the company',
  membership_deactivated: ' left an organization',
  access_reduced: ' lost a role',
  directory_deactivated: "'s directory was shut",
  connection_deactivated: "'s connection was shut",
  grant_revoked: ' withdrew a consent',
  device_lost: ' lost a device',
  organization_deactivated: "'s organization closed",
  session_expired: "'s session had expired",
  operator_order: ' was signed out by hand',
  finding: "'s session was suspect",
}

/** Whom a subject reference stands for, by e-mail or id. */
export type Names = ReadonlyMap<string, string>

/**
 * One sentence for each cause of one person of which every session is proven dead, and Curfew ended
 * one at least; newest first; pure.
 */
export function storiesOf(
  curfews: readonly FoundCurfew[],
  names: Names,
  most: number,
): readonly string[] {
  const byPerson = Map.groupBy(
    curfews.filter(({ certain, subjectRef }) => certain && subjectRef !== ''),
    ({ class: cause, causeAt, subjectRef }) => `${cause} ${causeAt} ${subjectRef}`,
  )
  return [...byPerson.values()]
    .filter((own) => own.every(({ dead }) => dead) && own.some(({ endedByUs }) => endedByUs))
    .map((own) => ({
      own,
      at: greatest(own, ({ causeAt, diedAfterMs }) => causeAt + (diedAfterMs ?? 0)),
    }))
    .sort((one, other) => other.at - one.at)
    .slice(0, most)
    .flatMap(({ own }) => storyOf(own, names))
}

function storyOf(own: readonly FoundCurfew[], names: Names): readonly string[] {
  const [first] = own
  if (first === undefined) return []
  const name = names.get(first.subjectRef) ?? 'somebody'
  const seconds = (greatest(own, ({ diedAfterMs }) => diedAfterMs ?? 0) / 1_000).toFixed(1)
  const what = happened[first.class as CauseClass] ?? `: ${first.class}`
  const many =
    own.length === 1
      ? '1 session had to die, dead in'
      : `${own.length} sessions had to die, all dead in`
  return [`${inert(name.split('@')[0] ?? name)}${what}; ${many} ${seconds} s`]
}

const greatest = <Each>(list: readonly Each[], of: (each: Each) => number): number =>
  list.reduce((most, each) => Math.max(most, of(each)), 0)
