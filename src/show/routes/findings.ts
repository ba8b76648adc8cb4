import type { Static } from 'typebox'
import { Type } from 'typebox'
import { CurfewError } from '../../contract/errors.ts'
import { FindingRoot, Severity } from '../../contract/finding.ts'
import type { Row } from '../../contract/ports.ts'
import { flag, isoTime, isoTimeOrNull, number, text, texts } from '../../contract/read-row.ts'
import type { CursorKey } from '../api/cursor.ts'
import { principalOf, readPaging } from '../api/paging.ts'
import { periodOf, periodQuery } from '../api/period.ts'
import type { Principal } from '../api/principal.ts'
import {
  answers,
  closedObject,
  Instant,
  InstantOrNull,
  Name,
  Page,
  pageQuery,
  TextFilter,
} from '../api/schemas.ts'
import type { Server } from '../api/server.ts'
import { describedBy } from '../queries/detectors.ts'
import { matchesText, personFields, textFilter, withPeople } from '../queries/people.ts'
import { refuseUnknownDetector, refuseUnknownInstance } from '../queries/refuse-unknown.ts'
import type { Deps, Route } from '../route.ts'

const FindingEntry = closedObject({
  finding_id: Type.String(),
  version: Type.Integer({
    description: 'Time of the evaluation in ms; the highest version is valid.',
  }),
  standing: Type.Boolean(),
  detector: Type.String(),
  severity: Type.String(),
  mode: Type.String(),
  at: Instant,
  received_at: Instant,
  instance: Type.String(),
  root_kind: FindingRoot,
  root_id: Type.String({ description: 'Its id; of a subject its reference.' }),
  subject_ref: Type.String(),
  session_kind: Type.String(),
  session_id: Type.String(),
  why: Type.String({ description: 'Contains text from events; escape it before display.' }),
  event_ids: Type.Array(Type.String()),
  facts: Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()])),
  as_of: InstantOrNull,
  ...personFields,
  title: Type.String({ description: 'What the detector looks for.' }),
  attack: Type.Array(Type.String(), { description: 'Ids of MITRE ATT&CK techniques.' }),
  runbook: Type.String({ description: 'What a responder should do.' }),
  times_seen: Type.Integer({
    description:
      'Active findings of this detector on this session, or on the subject where it concerns no session.',
  }),
})
type FindingEntry = Static<typeof FindingEntry>
type Found = Omit<
  FindingEntry,
  keyof typeof personFields | 'title' | 'attack' | 'runbook' | 'times_seen'
>

const filterQuery = {
  severity: Type.Optional(Severity),
  detector: Type.Optional(Name('Only this detector.')),
  subject_ref: Type.Optional(Name('Only this subject, by reference.')),
  session_id: Type.Optional(Name('Only this session.')),
  standing: Type.Optional(
    Type.Boolean({ description: 'true: only active findings; false: only withdrawn ones.' }),
  ),
  instance: Type.Optional(Name('Only this instance.')),
  q: TextFilter,
  ...periodQuery,
}

/** Findings of a detector in shadow appear in reports only, so no list contains them. */
const statement = `
select
  instance, finding_id, toUnixTimestamp64Milli(one.4) as at_ms,
  one.1 as detector, one.2 as severity, one.3 as mode, one.4 as at, one.5 as received_at,
  one.6 as subject_ref, one.7 as session_kind, one.8 as session_id, one.9 as why,
  one.10 as event_ids, one.11 as facts, one.12 as as_of, one.13 as standing, one.14 as version,
  one.15 as root_kind, one.16 as root_id
from
(
  select
    instance, finding_id,
    argMax(
      (f.detector, f.severity, f.mode, f.at, f.received_at, f.subject_ref, f.session_kind,
       f.session_id, f.why, f.event_ids, f.facts, f.as_of, f.standing, f.version,
       toString(f.root_kind), f.root_id),
      (f.version, f.row_commit)) as one
  from findings as f
  where tenant = {tenant:String}
    and ({finding_id:String} = '' or f.finding_id = {finding_id:String})
    and ({detector:String} = '' or f.detector = {detector:String})
    and ({subject_ref:String} = '' or f.subject_ref = {subject_ref:String})
    and ({session_id:String} = '' or f.session_id = {session_id:String})
    and ({instance:String} = '' or f.instance = {instance:String})
    -- A finding is recorded after its instant, except for clocks that are ahead.
    and recorded_at >= {from:DateTime64(3)} - interval 10 minute
  group by instance, finding_id
)
where mode not in ('shadow', 'off')
  and ({severity:String} = '' or severity = {severity:String})
  and ({standing:String} = '' or toString(toUInt8(standing)) = {standing:String})
  and at >= {from:DateTime64(3)} and at < {to:DateTime64(3)}
  and ${matchesText(['why', 'detector', 'session_id', 'subject_ref', 'finding_id'])}
  and (at_ms < {after_ms:Int64} or (at_ms = {after_ms:Int64} and finding_id > {after_id:String}))
order by at_ms desc, finding_id
limit {most:UInt32}`

const start: CursorKey = [Number.MAX_SAFE_INTEGER, '']
const everything = {
  finding_id: '',
  detector: '',
  subject_ref: '',
  session_id: '',
  severity: '',
  standing: '',
  instance: '',
}

/** Number of active findings of the same detector on the same session, for the findings of a page. */
const seen = `
select
  instance, detector, session_kind, session_id, whose, count() as times
from
(
  select
    instance, finding_id,
    argMax((f.detector, f.session_kind, f.session_id, f.subject_ref, f.standing, f.mode),
      (f.version, f.row_commit)) as one,
    one.1 as detector, one.2 as session_kind, one.3 as session_id,
    if(one.3 = '', one.4, '') as whose
  from findings as f
  where tenant = {tenant:String} and f.session_id in {ids:Array(String)}
    and (f.session_id != '' or f.subject_ref in {refs:Array(String)})
  group by instance, finding_id
  having one.5 and one.6 not in ('shadow', 'off')
)
group by instance, detector, session_kind, session_id, whose`

/** Findings of detectors and sweeps. */
export const route: Route = {
  id: 'findings',
  mount: (server, deps) => {
    mountList(server, deps)
    mountOne(server, deps)
  },
}

function mountList(server: Server, deps: Deps): void {
  const { ask, instancesOf, detectors } = deps
  server.get(
    '/v1/findings',
    {
      config: { admits: 'read' },
      schema: {
        operationId: 'listFindings',
        summary: 'Findings, newest first, each with its person and what to do about it',
        description:
          'Findings of detectors in shadow are left out. Several filters are combined with and.',
        tags: ['findings'],
        querystring: closedObject({ ...filterQuery, ...pageQuery }),
        response: answers({ 200: Page(FindingEntry) }),
      },
    },
    async (request) => {
      const principal = principalOf(request)
      const { tenant } = principal
      const { limit, cursor, standing, ...filters } = request.query
      const { from, to, q, ...words } = filters
      const period = periodOf({ from, to })
      await refuseUnknownInstance({ ask, tenant, instance: words.instance, instancesOf })
      await refuseUnknownDetector({ ask, tenant, detector: words.detector, detectors })
      const stands = standing === undefined ? '' : standing ? '1' : '0'
      const all = { ...everything, ...words, standing: stands }
      const asked = { ...all, from, to, q }
      const paging = readPaging({ list: 'findings', filters: asked, start, limit, cursor })
      const [afterMs = 0, afterId = ''] = paging.after
      const rows = await ask(statement, {
        ...all,
        ...period,
        ...textFilter(principal, q),
        tenant,
        after_ms: Number(afterMs),
        after_id: String(afterId),
        most: paging.most,
      })
      const { items, next } = paging.page(rows.map(toFinding), (entry) => [
        Date.parse(entry.at),
        entry.finding_id,
      ])
      return { items: await described(deps, principal, items), next }
    },
  )
}

function mountOne(server: Server, deps: Deps): void {
  const { ask } = deps
  server.get(
    '/v1/findings/:id',
    {
      config: { admits: 'read' },
      schema: {
        operationId: 'getFinding',
        summary: 'One finding, as it stands',
        description: 'The valid version, with the events it rests on.',
        tags: ['findings'],
        params: closedObject({ id: Name('Id of the finding.') }),
        response: answers({ 200: FindingEntry }),
      },
    },
    async (request) => {
      const principal = principalOf(request)
      const [row] = await ask(statement, {
        ...everything,
        ...periodOf({}),
        ...textFilter(principal, undefined),
        finding_id: request.params.id,
        tenant: principal.tenant,
        after_ms: Number.MAX_SAFE_INTEGER,
        after_id: '',
        most: 1,
      })
      const [entry] = row ? await described(deps, principal, [toFinding(row)]) : []
      if (entry === undefined)
        throw new CurfewError('SHOW_UNKNOWN', 'There is no finding with this id.')
      return entry
    },
  )
}

/** Adds subject, number of active findings, and the detector's title and runbook. */
async function described(
  { ask, detectors }: Deps,
  principal: Principal,
  entries: readonly Found[],
): Promise<FindingEntry[]> {
  if (entries.length === 0) return []
  const [people, counted] = await Promise.all([
    withPeople(ask, principal, entries),
    ask(seen, {
      tenant: principal.tenant,
      ids: [...new Set(entries.map(({ session_id }) => session_id))],
      refs: [...new Set(entries.map(({ subject_ref }) => subject_ref))],
    }),
  ])
  const times = new Map(
    counted.map((row) => [
      JSON.stringify([row.instance, row.detector, row.session_kind, row.session_id, row.whose]),
      number(row, 'times'),
    ]),
  )
  return people.map((entry) => {
    const { instance, detector, session_kind, session_id, subject_ref } = entry
    const whose = session_id === '' ? subject_ref : ''
    const key = JSON.stringify([instance, detector, session_kind, session_id, whose])
    return { ...entry, ...describedBy(detectors, detector), times_seen: times.get(key) ?? 0 }
  })
}

function toFinding(row: Row): Found {
  return {
    finding_id: text(row, 'finding_id'),
    version: number(row, 'version'),
    standing: flag(row, 'standing'),
    detector: text(row, 'detector'),
    severity: text(row, 'severity'),
    mode: text(row, 'mode'),
    at: isoTime(row, 'at'),
    received_at: isoTime(row, 'received_at'),
    instance: text(row, 'instance'),
    // Written by a detector or a sweep, from the closed list of roots.
    root_kind: text(row, 'root_kind') as FindingRoot,
    root_id: text(row, 'root_id'),
    subject_ref: text(row, 'subject_ref'),
    session_kind: text(row, 'session_kind'),
    session_id: text(row, 'session_id'),
    why: text(row, 'why'),
    event_ids: texts(row, 'event_ids'),
    facts: toFacts(text(row, 'facts')),
    as_of: isoTimeOrNull(row, 'as_of'),
  }
}

/** Facts are stored as JSON; only flat values are shown. */
function toFacts(text: string): FindingEntry['facts'] {
  const parsed: unknown = text === '' ? {} : JSON.parse(text)
  const facts: FindingEntry['facts'] = {}
  if (typeof parsed !== 'object' || parsed === null) return facts
  for (const [name, value] of Object.entries(parsed)) {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      facts[name] = value
    }
  }
  return facts
}
