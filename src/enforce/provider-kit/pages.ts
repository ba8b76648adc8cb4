import { CurfewError } from '../../contract/errors.ts'
import type { ListedSession } from '../../contract/evidence.ts'
import type { ListAnswer } from './provider.ts'

/** A list that is still not at its end is somebody's loop, or nothing that one person has. */
const pagesMax = 100

export interface Page {
  readonly sessions: readonly ListedSession[]
  /** Where the next page begins; null or '' after the last one. */
  readonly next: string | null
  /** Sessions of the page whose id or subject cannot be read: the list then lacks them. */
  readonly unreadable?: number
}

/**
 * Reads a paged list to its end. It is not complete, so that absence from it proves nothing, when
 * the list shifted while it was read (a session seen twice means that another may have been
 * skipped), when the cursor came back to where it had been, when there was no end, when a page after
 * the first failed, or when a session of it has no name that can be read. What was seen until then still
 * counts as seen.
 *
 * @throws CurfewError whatever the first page throws, and always ENFORCE_BUSY and ENFORCE_REFUSED:
 *   the first pauses the lane, the second needs a person.
 */
export async function readPages(
  readPage: (after: string | null) => Promise<Page>,
): Promise<ListAnswer> {
  const sessions = new Map<string, ListedSession>()
  const cursors = new Set<string>()
  let complete = true
  let unreadable = 0
  let after: string | null = null
  for (let pages = 0; pages < pagesMax; pages += 1) {
    const page: Page | undefined = await pageOrNone(readPage, after)
    if (page === undefined) {
      const flaw = 'a page after the first could not be read'
      return { sessions: [...sessions.values()], complete: false, flaw }
    }
    unreadable += page.unreadable ?? 0
    for (const session of page.sessions) {
      const name = `${session.kind} ${session.id}`
      if (sessions.has(name)) complete = false
      sessions.set(name, session)
    }
    after = page.next
    if (after === null || after === '') {
      return answerOf([...sessions.values()], complete, unreadable)
    }
    if (cursors.has(after)) break
    cursors.add(after)
  }
  const flaw = 'its pages have no end'
  return { sessions: [...sessions.values()], complete: false, flaw }
}

/** A list; one that holds sessions without a name that can be read is not complete, and says so. */
export function answerOf(
  sessions: readonly ListedSession[],
  complete: boolean,
  unreadable: number,
): ListAnswer {
  if (unreadable === 0) return { sessions, complete }
  const flaw = `${unreadable} of its sessions have no id or subject that can be read`
  return { sessions, complete: false, flaw }
}

async function pageOrNone(
  readPage: (after: string | null) => Promise<Page>,
  after: string | null,
): Promise<Page | undefined> {
  try {
    return await readPage(after)
  } catch (error) {
    const isPassing =
      error instanceof CurfewError &&
      (error.code === 'ENFORCE_UNREACHABLE' || error.code === 'ENFORCE_MALFORMED')
    if (after === null || !isPassing) throw error
    return undefined
  }
}
