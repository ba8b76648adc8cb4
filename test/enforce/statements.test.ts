import { beforeEach, describe, expect, it } from 'vitest'
import { fillPolicy } from '../../src/config/policy.ts'
import type { Cause } from '../../src/contract/cause.ts'
import type { Ask, Row } from '../../src/contract/ports.ts'
import { makeFollowDirectory } from '../../src/enforce/derive/directory-causes.ts'
import { makeHold } from '../../src/enforce/match/apply-causes.ts'
import { HoldTold } from '../../src/enforce/match/apply-to-changed.ts'
import { askTouched } from '../../src/enforce/match/changed-sessions.ts'
import { makeSuspect } from '../../src/enforce/match/exemption.ts'
import { makeExpired } from '../../src/enforce/match/outlived-expiry.ts'
import { expansionsOf, reachPage } from '../../src/enforce/match/scope-pages.ts'
import { Tied } from '../../src/enforce/observe/related-subjects.ts'
import { withoutListed } from '../../src/enforce/observe/unlisted-subjects.ts'
import { Tallies } from '../../src/enforce/orders/counters.ts'
import { Ledger } from '../../src/enforce/orders/order-log.ts'
import { withoutFallen } from '../../src/enforce/orders/withdrawn-findings.ts'
import { appendNewCauses } from '../../src/enforce/rows/cause-rows.ts'
import { Apart } from '../../src/enforce/scheduling/isolate.ts'
import { Pace } from '../../src/enforce/scheduling/pace.ts'
import { makeSubjectIds } from '../../src/enforce/session/subject-ids.ts'
import { makeCondemn } from '../../src/impose/condemn.ts'
import { fill } from '../../src/store/literal.ts'
import { regard } from '../../src/verdict/assess.ts'
import { livesOf } from '../../src/verdict/incarnations.ts'
import { makeKnow } from '../../src/verdict/session-facts.ts'
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
const apart = new Apart({
  ask,
  clock,
  log: silentLog,
  onWork: ({ error }) => {
    if (error !== undefined) throw error
  },
})
const common = { ask, append, clock, policy, log: silentLog, meter: idleMeter, apart }
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
  'what is known of sessions': (ids) => makeKnow(ask)('acme', 'idp', ids),
  'their lives': (ids) => {
    answer = (sql) => {
      const named = [{ kind: 'online', session_id: ids[0] ?? '' }]
      return sql.includes('session_lives')
        ? named.map((row) => ({ ...row, life: 0, from_ms: 0, alive_ms: 0 }))
        : []
    }
    return livesOf(ask, 'acme', 'idp', ids)
  },
  'the orders of sessions': (ids) => {
    const tallies = new Tallies({ ask, clock })
    return new Ledger({ ...common, tallies }).ordersOf('acme', 'idp', ids)
  },
  'how far causes were carried out': (ids) => new Tallies({ ask, clock }).rebuild(ids),
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
    return withoutFallen(ask, regard(aKnown({ pairs }), 5_000))
  },
  'what sessions hang on': (ids) => {
    const hold = makeHold({
      ...common,
      know: async () => new Map(),
      suspect: async () => new Set(),
      condemn: makeCondemn({ policy }),
    })
    const causes = causesOf(ids.slice(0, 400), (scopeId) => ({ scopeKind: 'connection', scopeId }))
    return hold({ ...of, sessionIds: ids.slice(0, 400) }, causes)
  },
  'whether exempted sessions are suspect': (ids) =>
    makeSuspect(common)(
      ids.map((id) => ({ session: aKnown({ sessionId: id, subjectRef: id }), cause: aCause({}) })),
    ),
  'which causes reach sessions that were told of': async (ids) => {
    const told = new HoldTold({ ask, apart, hold: async () => 0, pace: new Pace({ clock }) })
    told.add(
      ids.map((sessionId) => ({
        ...{ ...of, sessionKind: 'online', sessionId, subjectRef: sessionId },
        ...{ otherRef: sessionId, onBehalfOfRef: sessionId, print: '', condemned: true },
      })),
    )
    while (told.size > 0) await told.next()
  },
  'whom causes reach': async (ids) => {
    for (const scopeKind of ['subject', 'connection', 'session'] as const) {
      const change = (id: string) => ({ scopeKind, scopeId: id, subjectRef: id, sessionId: id })
      for (const each of expansionsOf(causesOf(ids, change))) await reachPage(ask, each)
    }
  },
  'who is tied to causes': async (ids) => {
    const { provider } = makeFakeProvider({ now: clock.now, pass: async () => {} })
    const tied = new Tied({ ...common, providers: new Map([['acme\u0000idp', provider]]) })
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
            return { ...session(id), ...people(id), created_ms: 1, print: '', condemned: false }
          })
        : []
    const page = { since: 0, last_tenant: '', last_instance: '', share: 1, most: 1 }
    const values = { ...page, tenant: '', instance: '', kind: '', id: '' }
    const found = await askTouched(ask, some.map(session), values, (rows, read) => rows.map(read))
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
    const { pages, next } = makeExpired(common)
    pages.news(0)
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
