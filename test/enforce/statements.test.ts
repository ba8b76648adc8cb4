import { beforeEach, describe, expect, it } from 'vitest'
import { fillPolicy } from '../../src/config/policy.ts'
import type { Cause } from '../../src/contract/cause.ts'
import type { Ask, Row } from '../../src/contract/ports.ts'
import { makeFollowDirectory } from '../../src/enforce/derive/directory-causes.ts'
import { makeApplyCauses } from '../../src/enforce/match/apply-causes.ts'
import { ApplyToChanged } from '../../src/enforce/match/apply-to-changed.ts'
import { askChangedSessions } from '../../src/enforce/match/changed-sessions.ts'
import { makeVoidExemptions } from '../../src/enforce/match/exemption.ts'
import { makeFindOutlived } from '../../src/enforce/match/outlived-expiry.ts'
import { askScopePage, scopePagesOf } from '../../src/enforce/match/scope-pages.ts'
import { RelatedSubjects } from '../../src/enforce/observe/related-subjects.ts'
import { withoutListed } from '../../src/enforce/observe/unlisted-subjects.ts'
import { Counters } from '../../src/enforce/orders/counters.ts'
import { OrderLog } from '../../src/enforce/orders/order-log.ts'
import { withoutWithdrawn } from '../../src/enforce/orders/withdrawn-findings.ts'
import { appendNewCauses } from '../../src/enforce/rows/cause-rows.ts'
import { Isolation } from '../../src/enforce/scheduling/isolate.ts'
import { Pace } from '../../src/enforce/scheduling/pace.ts'
import { makeSubjectIds } from '../../src/enforce/session/subject-ids.ts'
import { makeCondemn } from '../../src/impose/condemn.ts'
import { fill } from '../../src/store/literal.ts'
import { assess } from '../../src/verdict/assess.ts'
import { askIncarnations } from '../../src/verdict/incarnations.ts'
import { makeLoadFacts } from '../../src/verdict/session-facts.ts'
import { makeFakeProvider } from '../fakes/provider.ts'
import { idleMeter, makeClock, silentLog } from '../given.ts'
import { aCause, aKnown, aPair } from './given-facts.ts'

/** The engine's own limit of a statement, which ours is above. */
const bytesMax = 262_144
const { clock } = makeClock()
const policy = fillPolicy({ version: 1 })
const of = { tenant: 'acme', instance: 'idp' }

let longest = 0
let statements = 0
let answer: (sql: string) => readonly Row[] = () => []
const ask: Ask = async (sql, values) => {
  statements += 1
  longest = Math.max(longest, Buffer.byteLength(fill(sql, values)))
  return answer(sql)
}
const append = async (): Promise<void> => {}
const isolation = new Isolation({
  ask,
  clock,
  log: silentLog,
  onWork: ({ error }) => {
    if (error !== undefined) throw error
  },
})
const common = { ask, append, clock, policy, log: silentLog, meter: idleMeter, isolation }
beforeEach(() => {
  longest = 0
  statements = 0
  answer = () => []
})

const plain = (each: number): string => `${each}-`.padEnd(255, 'x')
/** What takes the most bytes in a statement: quotes, and characters beyond the first plane. */
const odd = (each: number): string => `${each}-${"'\u{1f512}".repeat(80)}`
const kinds = [
  ['of 255 letters', Array.from({ length: 100_000 }, (_, each) => plain(each))],
  ['that are written with escapes', Array.from({ length: 1_500 }, (_, each) => odd(each))],
] as const

const causesOf = (ids: readonly string[], change: (id: string) => Partial<Cause>) =>
  ids.map((id) => aCause({ causeId: id, ...change(id) }))

const questions: { readonly [name: string]: (ids: readonly string[]) => Promise<unknown> } = {
  'what is known of sessions': (ids) => makeLoadFacts(ask)('acme', 'idp', ids),
  'their lives': (ids) => {
    answer = (sql) => {
      const named = [{ kind: 'online', session_id: ids[0] ?? '' }]
      return sql.includes('session_lives')
        ? named.map((row) => ({ ...row, life: 0, from_ms: 0, alive_ms: 0 }))
        : []
    }
    return askIncarnations(ask, 'acme', 'idp', ids)
  },
  'the orders of sessions': (ids) => {
    const counters = new Counters({ ask, clock })
    return new OrderLog({ ...common, counters }).ordersOf('acme', 'idp', ids)
  },
  'how far causes were carried out': (ids) => new Counters({ ask, clock }).rebuild(ids),
  'the names of subjects': (ids) => makeSubjectIds(ask)('acme', 'idp', ids),
  'whether causes are there': (ids) =>
    appendNewCauses(
      { ask, append },
      causesOf(ids, () => ({})),
    ),
  'whether subjects were listed': (ids) =>
    withoutListed(
      ask,
      causesOf(ids, (subjectRef) => ({ subjectRef })),
    ),
  'whether findings still stand': (ids) => {
    const pairs = ids.map((causeId) => aPair({ class: 'finding', causeId }))
    return withoutWithdrawn(ask, assess(aKnown({ pairs }), 5_000))
  },
  'what sessions hang on': (ids) => {
    const applyCauses = makeApplyCauses({
      ...common,
      loadFacts: async () => new Map(),
      voidExemptions: async () => new Set(),
      condemn: makeCondemn({ policy }),
    })
    const causes = causesOf(ids.slice(0, 400), (scopeId) => ({ scopeKind: 'connection', scopeId }))
    return applyCauses({ ...of, sessionIds: ids.slice(0, 400) }, causes)
  },
  'whether exempted sessions are suspect': (ids) =>
    makeVoidExemptions(common)(
      ids.map((id) => ({ session: aKnown({ sessionId: id, subjectRef: id }), cause: aCause({}) })),
    ),
  'which causes reach sessions that were told of': async (ids) => {
    const told = new ApplyToChanged({
      ask,
      isolation,
      applyCauses: async () => 0,
      pace: new Pace({ clock }),
    })
    told.add(
      ids.map((sessionId) => ({
        ...{ ...of, sessionKind: 'online', sessionId, subjectRef: sessionId },
        ...{ otherRef: sessionId, onBehalfOfRef: sessionId, fingerprint: '', condemned: true },
      })),
    )
    while (told.size > 0) await told.next()
  },
  'whom causes reach': async (ids) => {
    for (const scopeKind of ['subject', 'connection', 'session'] as const) {
      const change = (id: string) => ({ scopeKind, scopeId: id, subjectRef: id, sessionId: id })
      for (const each of scopePagesOf(causesOf(ids, change))) await askScopePage(ask, each)
    }
  },
  'who is tied to causes': async (ids) => {
    const { provider } = makeFakeProvider({ now: clock.now, pass: async () => {} })
    const tied = new RelatedSubjects({
      ...common,
      providers: new Map([['acme\u0000idp', provider]]),
    })
    tied.add(causesOf(ids, (scopeId) => ({ scopeKind: 'connection', scopeId, at: clock.now() })))
    while ((await tied.next(() => true)) !== undefined);
  },
  'who is behind a directory’s users': (ids) => {
    answer = (sql) =>
      sql.includes("'directory_user'")
        ? ids.slice(0, 1_500).map((id) => ({ subject_ref: id, email: id }))
        : []
    const change = { class: 'access_reduced', scopeKind: 'subject_organization' } as const
    const causes = causesOf(ids, (id) => ({ ...change, scopeId: 'org', subjectRef: id }))
    return makeFollowDirectory(common)(causes)
  },
  'which sessions that were told of a cause may reach': async (ids) => {
    const session = (session_id: string) => ({ ...of, kind: 'online', session_id })
    const people = (ref: string) => ({ subject_ref: ref, other_ref: ref, on_behalf_of_ref: ref })
    const some = ids.slice(0, 1_500)
    answer = (sql) =>
      sql.includes('as created_ms')
        ? some.map((id) => {
            return {
              ...session(id),
              ...people(id),
              created_ms: 1,
              fingerprint: '',
              condemned: false,
            }
          })
        : []
    const page = { since: 0, last_tenant: '', last_instance: '', share: 1, most: 1 }
    const values = { ...page, tenant: '', instance: '', kind: '', id: '' }
    const found = await askChangedSessions(ask, some.map(session), values, (rows, read) =>
      rows.map(read),
    )
    // No cause reaches any of them.
    expect(found).toEqual([])
  },
  'which sessions outlived their expiry': (ids) => {
    let asked = false
    answer = (sql) => {
      if (asked || !sql.includes('having isNotNull(expires)')) return []
      asked = true
      return ids.slice(0, 4_999).map((session_id) => ({
        ...{ ...of, session_kind: 'online', kind: 'online', session_id, subject: '' },
        ...{ expires: 1, accepted: 1, listed: 1 },
      }))
    }
    const { pages, next } = makeFindOutlived(common)
    pages.changedSince(0)
    return next(async () => {})
  },
}

describe.each(kinds)('a statement of the enforcer about many names %s', (_, ids) => {
  it.each(Object.entries(questions))(
    'is one that the engine takes, asking for %s',
    async (_, question) => {
      await question(ids)
      expect(statements).toBeGreaterThan(1)
      expect(longest).toBeGreaterThan(1_000)
      expect(longest).toBeLessThan(bytesMax)
    },
  )
})
