import type { Finding } from '../contract/finding.ts'
import type { Ask, Row } from '../contract/ports.ts'
import { number, text, texts } from '../contract/read-row.ts'
import type { Sweep } from './sweep.ts'

/** The last version of a finding of a sweep. */
export interface LastVersion {
  readonly tenant: string
  readonly standing: boolean
  readonly severity: string
  /** ms since the epoch. */
  readonly at: number
}

/**
 * The last versions of a sweep's findings by id, of one tenant or with '' of all. Only those that it
 * still looks at, so that neither the answer nor memory grows with the age of the store.
 */
export async function askLastVersions(
  sweep: Sweep,
  tenant: string,
  since: number,
  ask: Ask,
): Promise<ReadonlyMap<string, LastVersion>> {
  const rows = await ask(
    `select whose as tenant, finding_id, tupleElement(youngest, 1) as standing, tupleElement(youngest, 2) as severity,
       toUnixTimestamp64Milli(tupleElement(youngest, 3)) as at_ms
     from
     (
       select any(tenant) as whose, finding_id, argMax((standing, toString(severity), at), version) as youngest
       from findings
       where detector = {sweep:String} and recorded_at > {since:DateTime64(3)}
         and ({tenant:String} = '' or tenant = {tenant:String})
       group by finding_id
     )`,
    { sweep: sweep.id, tenant, since },
  )
  const last = new Map<string, LastVersion>()
  for (const row of rows) {
    const { standing } = row
    const severity = text(row, 'severity')
    last.set(text(row, 'finding_id'), {
      tenant: text(row, 'tenant'),
      standing: standing === true,
      severity,
      at: number(row, 'at_ms'),
    })
  }
  return last
}

/** Ids of one statement. */
const idsMax = 1_000

/** The youngest versions of findings of a sweep, as they stand in the store. */
export async function askFindings(
  sweep: Sweep,
  ids: readonly string[],
  ask: Ask,
): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  for (let from = 0; from < ids.length; from += idsMax) {
    const rows = await ask(
      `select tenant, instance, finding_id, toString(severity) as severity,
         toUnixTimestamp64Milli(at) as at_ms, root_kind, root_id, subject_ref, session_kind, session_id, event_ids, facts
       from findings
       where detector = {sweep:String} and finding_id in {ids:Array(String)}
       order by version desc
       limit 1 by finding_id`,
      { sweep: sweep.id, ids: ids.slice(from, from + idsMax) },
    )
    for (const row of rows) findings.push(findingIn(row, sweep))
  }
  return findings
}

function findingIn(row: Row, sweep: Sweep): Finding {
  return {
    tenant: text(row, 'tenant'),
    instance: text(row, 'instance'),
    findingId: text(row, 'finding_id'),
    version: 0,
    standing: true,
    detector: sweep.id,
    // Written by this sweep, from the closed list of severities.
    severity: text(row, 'severity') as Finding['severity'],
    mode: sweep.mode,
    at: number(row, 'at_ms'),
    receivedAt: 0,
    // Written by this sweep, from the closed list of roots.
    rootKind: text(row, 'root_kind') as Finding['rootKind'],
    rootId: text(row, 'root_id'),
    subjectRef: text(row, 'subject_ref'),
    sessionKind: text(row, 'session_kind'),
    sessionId: text(row, 'session_id'),
    why: '',
    eventIds: texts(row, 'event_ids'),
    // Written by this sweep as a flat record.
    facts: JSON.parse(text(row, 'facts')) as Finding['facts'],
    asOf: null,
  }
}
