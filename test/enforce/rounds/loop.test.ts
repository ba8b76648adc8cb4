import { describe, expect, it } from 'vitest'
import { fillPolicy } from '../../../src/config/policy.ts'
import { provider as keycloak } from '../../../src/connectors/keycloak/provider.ts'
import { makeSchedule } from '../../../src/detect/schedule.ts'
import { sweep as survivor } from '../../../src/detect/sweeps/survivor.ts'
import { makeApplyCauses } from '../../../src/enforce/match/apply-causes.ts'
import { makeVoidExemptions } from '../../../src/enforce/match/exemption.ts'
import { makeCondemn } from '../../../src/impose/condemn.ts'
import { openDecode } from '../../../src/runtime/ingest.ts'
import type { Report } from '../../../src/show/reporting/report.ts'
import { reportRowsMax } from '../../../src/show/reporting/run-report.ts'
import { assess } from '../../../src/verdict/assess.ts'
import type { SessionFacts } from '../../../src/verdict/session-facts.ts'
import { idleMeter, makeClock, silentLog } from '../../given.ts'
import { longestBlockMs } from '../../parts/longest-block.ts'
import { aServer, bearer } from '../../show/server.ts'
import { aCause, aKnown, aPair } from '../given-facts.ts'
import { noon } from '../given-orders.ts'

/** The main loop serves health checks, heartbeats and the kill switch; it may be held so long, ms. */
const blockMsMax = 200
const policy = fillPolicy({ version: 1 })
const { clock } = makeClock()
const list = <Item>(count: number, make: (each: number) => Item): Item[] =>
  Array.from({ length: count }, (_, each) => make(each))

function hold(known: readonly SessionFacts[], causes: number) {
  const ask = async () => []
  const holding = makeApplyCauses({
    ...{ ask, clock, policy, append: async () => {} },
    loadFacts: async () =>
      new Map(known.map((each) => [`acme\u0000idp\u0000online\u0000${each.sessionId}`, each])),
    voidExemptions: makeVoidExemptions({ ask, policy }),
    condemn: makeCondemn({ policy }),
  })
  return holding(
    { tenant: 'acme', instance: 'idp', sessionIds: known.map(({ sessionId }) => sessionId) },
    list(causes, (each) => aCause({ causeId: `c${each}` })),
  )
}

async function decoding(value: Buffer): Promise<() => Promise<unknown>> {
  const decode = await openDecode({ pseudonym: (_tenant, _instance, subjectId) => subjectId })
  const binding = {
    tenant: 'acme',
    instance: 'idp',
    lane: 'live',
    mayAct: true,
    trusted: [],
  } as const
  const messages = list(4, (offset) => ({ value, offset, receivedAt: noon }))
  const batch = {
    source: 'intake:idp',
    partition: 0,
    format: 'session-event-v1',
    binding,
    messages,
  }
  return async () => decode({ ...batch, redelivered: false, commit: async () => {} })
}

/** A report of as many rows as one may have, asked of the API. */
async function reporting(format: string): Promise<() => Promise<unknown>> {
  const words = ['cause', 'session', 'person', 'reason', 'place', 'state'] as const
  const columns = words.map((name) => ({ name, type: 'text', description: name }) as const)
  const report: Report = {
    ...{ id: 'sample', title: 'Sample', description: 'Rows.', parameters: {}, columns },
    dated: { what: 'causes', rows: 'causes', at: 'at', known: 'at', by: [] },
    sql: 'select 1 from causes where tenant = {tenant:String} limit {rows_max:UInt32}',
    summary: (rows) => ({ rows: rows.length }),
  }
  const rows = list(reportRowsMax, (each) =>
    Object.fromEntries(words.map((word) => [word, `${word} ${each} of somebody`])),
  )
  const ask = async (sql: string) => (sql === report.sql ? rows : [])
  const server = await aServer({ reports: [report], ask })
  return async () => {
    const url = `/v1/reports/sample?format=${format}`
    const answer = await server.inject({ url, headers: bearer('auditor') })
    expect([answer.statusCode, answer.rawPayload.length > 5_000_000]).toEqual([200, true])
  }
}

/** A sweep that sees so many sessions outlive their curfews. */
async function sweeping(rows: number): Promise<() => Promise<unknown>> {
  const row = survivor.examples[0].row
  const answer = list(rows, (each) => ({ ...row, session_id: `session_${each}` }))
  return async () => {
    let kept = 0
    const schedule = makeSchedule({
      ...{ sweeps: [survivor], policy, clock, log: silentLog, meter: idleMeter },
      ask: async (sql) => {
        if (sql.includes('now64')) return [{ now: noon }]
        return sql === survivor.sql ? answer : []
      },
      keep: async (findings) => {
        kept += findings.length
      },
    })
    await schedule.runOne(survivor)
    expect(kept).toBe(rows)
  }
}

const works: { readonly [name: string]: () => Promise<() => Promise<unknown>> } = {
  '900 refusals and 900 causes of a session': async () => {
    const pairs = list(900, (each) => aPair({ causeId: `c${each}`, causeAt: noon + each }))
    const known = aKnown({ pairs, refusals: list(900, (each) => noon + each) })
    return async () => list(20, () => assess(known, 5_000))
  },
  '1,000 sessions under 150 causes that are known': async () => {
    const pairs = list(150, (each) => aPair({ causeId: `c${each}` }))
    const known = list(1_000, (each) => aKnown({ sessionId: `s${each}`, pairs }))
    return () => hold(known, 150)
  },
  '1,000 sessions with ids of 255 characters and 150 new causes': async () => {
    const idOf = (each: number) => `${each}`.padEnd(255, 'x')
    const known = list(1_000, (each) => aKnown({ sessionId: idOf(each), pairs: [] }))
    return () => hold(known, 150)
  },
  'JSON 160,000 levels deep': async () =>
    decoding(Buffer.from(`${'['.repeat(160_000)}${']'.repeat(160_000)}`)),
  'JSON objects 40,000 levels deep': async () =>
    decoding(Buffer.from(`${'{"a":'.repeat(40_000)}1${'}'.repeat(40_000)}`)),
  'a report of 50,000 rows as JSON': () => reporting('json'),
  'a report of 50,000 rows as CSV': () => reporting('csv'),
  'a report of 50,000 rows as a table': () => reporting('table'),
  'a sweep that sees 100,000 sessions': () => sweeping(100_000),
  'a message of 4 MiB': async () => decoding(Buffer.alloc(4 * 1024 * 1024, '{"type":"x"}')),
  'a provider’s list as long as an answer may be': async () => {
    const session = (each: number) => {
      const start = noon - each
      return { id: `s${each}`, userId: 'ada', start, lastAccess: start, ipAddress: '192.0.2.1' }
    }
    // A longer answer is cut off unread, and a list of more sessions comes in pages.
    const text = JSON.stringify(list(9_000, session))
    expect(text.length).toBeGreaterThan(900_000)
    const token = JSON.stringify({
      access_token: 'invented',
      expires_in: 300,
      token_type: 'Bearer',
    })
    const send = async (url: string) => {
      const isToken = url.endsWith('/token')
      return {
        status: 200,
        headers: {},
        text: isToken ? token : url.includes('/sessions') ? text : '[]',
      }
    }
    const settings = {
      base_url: 'https://sso.example.com',
      realm: 'acme',
      client_id: 'curfew',
      client_secret: 'invented',
    }
    const opened = keycloak.open(settings, { send, clock })
    return async () => {
      const { sessions } = await opened.list('ada')
      expect(sessions).toHaveLength(9_000)
    }
  },
}

describe('the main loop', () => {
  it.each(Object.entries(works))('is held for a moment at most by %s', async (_, prepare) => {
    const work = await prepare()
    await work()
    // A neighbour on the machine may slow down one run of the two.
    const blocks = [await longestBlockMs(work), await longestBlockMs(work)]
    expect(Math.min(...blocks)).toBeLessThan(blockMsMax)
  })
})
