import type { Cause } from '../../contract/cause.ts'
import { instanceKey } from '../../contract/identity.ts'
import { askInPages } from '../../contract/in-pages.ts'
import type { Append, Ask, Clock, Log, Meter, Row } from '../../contract/ports.ts'
import { text, texts } from '../../contract/read-row.ts'
import { appendNewCauses, causeIdOf } from '../rows/cause-rows.ts'
import type { Isolation } from '../scheduling/isolate.ts'
import type { Unfollowed } from './unfollowed-causes.ts'
import { makeUnfollowed } from './unfollowed-causes.ts'

/**
 * Finds the subject who signs in behind a cause that names a directory user, and appends the same
 * cause for that subject. Returns the number of causes appended.
 */
export type FollowDirectory = (causes: readonly Cause[]) => Promise<number>

/**
 * Names of directory users may be recorded a little after their causes; the search is given up
 * after this time.
 */
const namesWaitMsMax = 10 * 60_000
/** Of one instance. */
const waitingMax = 5_000
const refsMax = 1_000

const entries = `
select subject_ref, lower(tupleElement(max(i.email), 2)) as email
from identities as i
where tenant = {tenant:String} and instance = {instance:String}
  and subject_ref in {refs:Array(String)}
group by subject_ref
having max(i.subject_kind) = 'directory_user'`

/** By the last recorded address of each subject: a former holder of an address does not match. */
const subjectsByEmail = `
select email, groupUniqArray(3)(subject_ref) as refs
from
(
  select subject_ref, lower(tupleElement(max(i.email), 2)) as email, max(i.subject_kind) as kind
  from identities as i
  where tenant = {tenant:String} and instance = {instance:String} and subject_ref in
  (
    select subject_ref from identities
    where tenant = {tenant:String} and instance = {instance:String}
      and lower(tupleElement(email, 2)) in {emails:Array(String)}
  )
  group by subject_ref
)
where kind = 'user' and email in {emails:Array(String)}
group by email`

/** The members of a directory with their organization, page by page. */
const members = `
select subject_ref, max(e.organization_id) as organization
from entitlements as e
where tenant = {tenant:String} and instance = {instance:String} and kind = 'directory'
  and scope_id = {directory:String} and subject_ref > {after:String}
group by subject_ref
order by subject_ref
limit ${refsMax}`

/** A cause that names a directory's user, or may: its names may not have come in yet. */
interface Waiting {
  readonly cause: Cause
  readonly until: number
}

/**
 * A directory user and the subject who signs in share only the e-mail address and the organization
 * of the directory. The cause is therefore copied to the one subject of the instance with that
 * address, within that organization only. Several matches, no match in time, or a directory
 * without an organization are counted and logged; no subject is guessed.
 */
export function makeFollowDirectory({
  ask,
  append,
  clock,
  log,
  meter,
  isolation,
}: {
  readonly ask: Ask
  readonly append: Append
  readonly clock: Clock
  readonly log: Log
  readonly meter: Meter
  readonly isolation: Isolation
}): FollowDirectory {
  const unfollowed = makeUnfollowed({ log, meter })
  let waiting: Waiting[] = []
  let unread: readonly Cause[] = []
  const follow = async (page: readonly Waiting[]): Promise<number> => {
    const found = await peopleBehind(ask, page)
    const refsOf = ({ cause }: Waiting) => found.get(cause.causeId)
    const told = page.flatMap((each) => {
      const [ref, ...others] = refsOf(each) ?? []
      return ref === undefined || others.length > 0 ? [] : [ofPerson(each.cause, ref)]
    })
    const appended = await appendNewCauses({ ask, append }, told)
    // Only now: a store that fails must not cost a cause.
    for (const each of page) {
      const refs = refsOf(each)
      const count = refs?.length ?? 0
      if (count > 1) unfollowed('several_people', each.cause)
      else if (count === 0 && each.until > clock.now()) waiting.push(each)
      else if (count === 0 && refs !== undefined) unfollowed('unknown_address', each.cause)
    }
    return appended.length
  }
  return async (causes) => {
    const until = clock.now() + namesWaitMsMax
    const fresh = causes.filter(mayBeOfDirectory).map((cause) => ({ cause, until }))
    const gone = causes.filter((each) => each.class === 'directory_deactivated')
    unread = [...unread, ...gone.filter(({ scopeId }) => scopeId !== '')]
    let left = pagesOf([...waiting, ...fresh], (each) => unfollowed('queue_full', each.cause))
    waiting = left.flat()
    let told = 0
    await isolation.runAll(unread, about, async (some) => {
      told += await followAll({ ask, append, unfollowed }, some)
    })
    unread = []
    waiting = []
    try {
      for (const page of left) {
        await isolation.runAll(
          page,
          ({ cause }) => about(cause),
          async (some) => {
            told += await follow(some)
          },
        )
        left = left.slice(1)
      }
    } finally {
      for (const each of left.flat()) waiting.push(each)
    }
    return told
  }
}

/** Pages of one instance each; of an instance with too many the oldest are given up. */
function pagesOf(
  all: readonly Waiting[],
  giveUp: (each: Waiting) => void,
): readonly (readonly Waiting[])[] {
  const pages: (readonly Waiting[])[] = []
  const instanceOf = ({ cause: { tenant, instance } }: Waiting) => instanceKey(tenant, instance)
  for (const some of Map.groupBy(all, instanceOf).values()) {
    for (const each of some.slice(0, -waitingMax)) giveUp(each)
    const kept = some.slice(-waitingMax)
    for (let from = 0; from < kept.length; from += refsMax)
      pages.push(kept.slice(from, from + refsMax))
  }
  return pages
}

const about = ({ tenant, instance, causeId }: Cause) => {
  return { tenant, instance, action: 'follow a directory', id: causeId }
}

/** A deleted directory takes the entitlement from all its members. */
async function followAll(
  {
    ask,
    append,
    unfollowed,
  }: { readonly ask: Ask; readonly append: Append; readonly unfollowed: Unfollowed },
  causes: readonly Cause[],
): Promise<number> {
  let told = 0
  for (const cause of causes) {
    const { tenant, instance, scopeId: directory } = cause
    for (let after = ''; ; ) {
      const rows = await ask(members, { tenant, instance, directory, after })
      const all = rows.map((row): Waiting => ({ cause: entryOf(cause, row), until: 0 }))
      const entriesOf = all.filter((each) => each.cause.scopeId !== '')
      if (entriesOf.length < all.length) unfollowed('no_organization', cause)
      const found = await peopleBehind(ask, entriesOf)
      const people: Cause[] = []
      for (const { cause: of } of entriesOf) {
        const [ref, ...others] = found.get(of.causeId) ?? []
        if (ref === undefined) unfollowed('unknown_address', of)
        else if (others.length > 0) unfollowed('several_people', of)
        else people.push(ofPerson(of, ref))
      }
      told += (await appendNewCauses({ ask, append }, people)).length
      after = rows.at(-1) ? text(rows.at(-1) ?? {}, 'subject_ref') : ''
      if (rows.length < refsMax) break
    }
  }
  return told
}

/** The directory's cause, as one that names an entry of it. */
function entryOf(cause: Cause, row: Row): Cause {
  const subjectRef = text(row, 'subject_ref')
  const { tenant, instance, class: of, causeId } = cause
  const scope = { scopeKind: 'subject_organization', scopeId: text(row, 'organization') } as const
  return {
    ...cause,
    ...scope,
    causeId: causeIdOf(tenant, instance, of, causeId, subjectRef),
    subjectRef,
  }
}

function mayBeOfDirectory({ class: of, scopeKind, scopeId, subjectRef }: Cause): boolean {
  const told = of === 'subject_suspended' || of === 'subject_offboarded' || of === 'access_reduced'
  return told && scopeKind === 'subject_organization' && scopeId !== '' && subjectRef !== ''
}

/**
 * By cause that names a directory user: the subjects with its address, at most three; [] for none.
 */
async function peopleBehind(
  ask: Ask,
  page: readonly Waiting[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const { tenant, instance } = page[0]?.cause ?? { tenant: '', instance: '' }
  const refs = [...new Set(page.map(({ cause }) => cause.subjectRef))]
  const rows = await askInPages(ask, entries, 'refs', refs, { tenant, instance })
  const emailOf = new Map(rows.map((row) => [text(row, 'subject_ref'), text(row, 'email')]))
  const emails = [...new Set(emailOf.values())].filter((email) => email !== '')
  const found = new Map<string, readonly string[]>()
  if (emailOf.size === 0) return found
  const known = await askInPages(ask, subjectsByEmail, 'emails', emails, { tenant, instance })
  const byEmail = new Map(known.map((row) => [text(row, 'email'), texts(row, 'refs')]))
  for (const { cause } of page) {
    const email = emailOf.get(cause.subjectRef)
    if (email !== undefined) found.set(cause.causeId, byEmail.get(email) ?? [])
  }
  return found
}

/** The same cause for the subject who signs in. Its id is deterministic. */
function ofPerson(cause: Cause, subjectRef: string): Cause {
  const { tenant, instance, class: of, causeId } = cause
  return { ...cause, causeId: causeIdOf(tenant, instance, of, causeId, subjectRef), subjectRef }
}
