import { CurfewError } from '../../contract/errors.ts'
import type { SessionKind } from '../../contract/event-words.ts'
import type { Target } from './provider.ts'

/**
 * The id as it is, if it names one thing. Ids come from events, which anybody may have written, and
 * a URL is normalised before it is sent: `DELETE …/sessions/..` would be a call to whatever holds
 * the sessions. So an empty id or one with dot segments is refused, also behind slashes that a
 * proxy might decode on the way, and whatever the provider, since none of them issues such ids.
 *
 * @throws CurfewError ENFORCE_REFUSED.
 */
export function explicitId(id: string): string {
  if (id !== '' && id.isWellFormed() && !dotSegment.test(id) && !controls.test(id)) return id
  throw new CurfewError(
    'ENFORCE_REFUSED',
    'Expected an id that names one thing, found one that is empty, has dot segments or control characters. Look at the event that told it.',
  )
}

/** The id as one segment of a URL's path. */
export const pathPart = (id: string): string => encodeURIComponent(explicitId(id))

/**
 * The target, if this provider has sessions of its kind. Without the check an unknown kind would
 * fall through to the default one, and another session could bear the same id there.
 *
 * @throws CurfewError ENFORCE_REFUSED.
 */
export function targetOf(kinds: readonly SessionKind[], target: Target): Target {
  explicitId(target.id)
  if (kinds.includes(target.kind)) return target
  throw new CurfewError(
    'ENFORCE_REFUSED',
    `Expected a session of kind ${kinds.join(' or ')}, found ${target.kind}. Look at the source that told of the session.`,
  )
}

const dotSegment = /(?:^|[/\\])\.{1,2}(?:$|[/\\])/
const controls = /\p{Cc}/u
