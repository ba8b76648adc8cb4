import type { ProofRule } from '../contract/deaths.ts'
import { contractRule } from '../contract/deaths.ts'
import type { SessionKind } from '../contract/event-words.ts'
import { sessionKey } from '../contract/identity.ts'
import { makePause } from '../contract/pause.ts'
import type { Ask, Row } from '../contract/ports.ts'
import { sessionKindOf, text } from '../contract/read-row.ts'
import type { Pair } from './curfew-pairs.ts'
import { foldPairs } from './curfew-pairs.ts'
import type { RowsOf, StoredFacts } from './fact-rows.ts'
import { askFacts, foldFacts, noRows, readFact } from './fact-rows.ts'
import type { Incarnation } from './incarnations.ts'
import { askIncarnations, mayBeReused } from './incarnations.ts'
import { askReplaced } from './replaced-causes.ts'

/** All stored facts of one session id, over all its incarnations; times in ms since the epoch. */
export interface SessionFacts extends StoredFacts {
  readonly tenant: string
  readonly instance: string
  readonly sessionKind: SessionKind
  readonly sessionId: string
  /** Its incarnations, oldest first, where its id was reused; otherwise none. */
  readonly incarnations: readonly Incarnation[]
  /** What proves a death at its provider. */
  readonly rule: ProofRule
  readonly pairs: readonly Pair[]
}

/** Asks about session ids of one instance; keyed by `sessionKey`. */
export type LoadFacts = (
  tenant: string,
  instance: string,
  sessionIds: readonly string[],
) => Promise<ReadonlyMap<string, SessionFacts>>

/** Rows read before the event loop continues. */
const rowsAtOnce = 2_000

export function makeLoadFacts(
  ask: Ask,
  ruleOf: (tenant: string, instance: string) => ProofRule = () => contractRule,
): LoadFacts {
  return async (tenant, instance, sessionIds) => {
    const found = new Map<string, MutableFacts>()
    if (sessionIds.length === 0) return found
    const rule = ruleOf(tenant, instance)
    const place = { tenant, instance }
    const rows = await askFacts(ask, sessionIds, place)
    const { bySession, doubted } = await splitRows(rows, place)
    const replaced = await askReplaced(ask, doubted, place)
    const pause = makePause(rowsAtOnce)
    for (const [key, { name, rowsOf }] of bySession) {
      await pause(rowsOf.pair.length)
      const pairs = foldPairs(rowsOf.pair, replaced)
      found.set(key, { ...name, ...foldFacts(rowsOf), incarnations: [], rule, pairs })
    }
    const again = [...found.values()].filter(mayBeReused)
    const ids = again.map(({ sessionId }) => sessionId)
    for (const [key, incarnations] of await askIncarnations(ask, tenant, instance, ids)) {
      const known = found.get(key)
      if (known) setIncarnations(known, incarnations)
    }
    return found
  }
}

/** The facts of a session until its incarnations are loaded. */
type MutableFacts = { -readonly [Key in keyof SessionFacts]: SessionFacts[Key] }

/**
 * Once a provider's list has shown a session, the list decides who owns it; otherwise its youngest
 * incarnation does. Where several subjects had the id and the youngest has none, it has no owner:
 * a cause of one subject must not end another's session.
 */
function setIncarnations(known: MutableFacts, incarnations: readonly Incarnation[]): void {
  const { listedSubjectRef } = known
  const last = incarnations.at(-1)
  known.incarnations = incarnations.map((incarnation) =>
    incarnation === last && listedSubjectRef !== ''
      ? { ...incarnation, subjectRef: listedSubjectRef }
      : incarnation,
  )
  const people = new Set(
    incarnations.map(({ subjectRef }) => subjectRef).filter((ref) => ref !== ''),
  )
  const only = people.size > 1 ? '' : known.subjectRef
  known.subjectRef = listedSubjectRef || last?.subjectRef || only
}

interface OfSession {
  readonly name: Pick<SessionFacts, 'tenant' | 'instance' | 'sessionKind' | 'sessionId'>
  readonly rowsOf: RowsOf
}

/** Shares rows out to the sessions that they are about, and names the causes that may have been replaced. */
async function splitRows(
  rows: readonly Row[],
  place: { readonly tenant: string; readonly instance: string },
): Promise<{ readonly bySession: ReadonlyMap<string, OfSession>; readonly doubted: Set<string> }> {
  const bySession = new Map<string, OfSession>()
  const doubted = new Set<string>()
  const pause = makePause(rowsAtOnce)
  for (const each of rows) {
    await pause()
    const { part, cells: row } = readFact(each)
    if (part === 'doubted') {
      doubted.add(text(row, 'cause_id'))
      continue
    }
    const sessionKind = sessionKindOf(text(row, 'session_kind'))
    const name = { ...place, sessionKind, sessionId: text(row, 'session_id') }
    const key = sessionKey(name)
    const session = bySession.get(key) ?? { name, rowsOf: noRows() }
    bySession.set(key, session)
    session.rowsOf[part].push(row)
  }
  return { bySession, doubted }
}
