import type { Cause } from '../../contract/cause.ts'
import { instanceKey } from '../../contract/identity.ts'
import { bytesOf, pagesBy } from '../../contract/in-pages.ts'
import type { Ask } from '../../contract/ports.ts'
import { text } from '../../contract/read-row.ts'
import type { Rota } from '../../contract/rota.ts'

/** Causes of one instance that reach sessions by the same route, and the position reached. */
export interface ScopePage {
  readonly tenant: string
  readonly instance: string
  readonly route: 'session' | 'subject' | 'organization' | 'connection' | 'device' | 'grant'
  readonly causes: readonly Cause[]
  /** The last session id of the page before; '' at first. */
  readonly after: string
}

/** Sessions of one page, and pairs of them with causes: a wide scope is never expanded at a stroke. */
const sessionsMax = 5_000
const sessionsMin = 20
const pairsMax = 10_000

/** Most sessions of one page of an expansion. */
export function pageMaxOf({ causes }: Pick<ScopePage, 'causes'>): number {
  const sessions = Math.floor(pairsMax / Math.max(1, causes.length))
  return Math.max(sessionsMin, Math.min(sessionsMax, sessions))
}

const bySubject = (max: number) => `
select session_id
from sessions
where tenant = {tenant:String} and instance = {instance:String}
  and (subject_ref in {names:Array(String)} or least_subject_ref in {names:Array(String)}
    or on_behalf_of_ref in {names:Array(String)})
  and session_id > {after:String}
group by session_id
order by session_id
limit ${max}`

const byEdge = (max: number) => `
select session_id
from session_edges
where tenant = {tenant:String} and instance = {instance:String} and edge = {edge:String}
  and value in {names:Array(String)} and session_id > {after:String}
group by session_id
order by session_id
limit ${max}`

/** Groups causes by instance and route. */
export function scopePagesOf(causes: readonly Cause[]): readonly ScopePage[] {
  const routes = new Map<string, ScopePage & { causes: Cause[] }>()
  for (const cause of causes) {
    const { tenant, instance, scopeKind } = cause
    // Few sessions of one subject are asked for sooner than all of an organization.
    const route = scopeKind === 'subject_organization' ? 'subject' : scopeKind
    const key = JSON.stringify([tenant, instance, route])
    const known = routes.get(key)
    if (known) known.causes.push(cause)
    else routes.set(key, { tenant, instance, route, causes: [cause], after: '' })
  }
  return [...routes.values()].flatMap((each) =>
    pagesBy(each.causes, (cause) => bytesOf(nameOf(each.route, cause))).map((some) => {
      return { ...each, causes: some }
    }),
  )
}

/** Causes that are expanded at once. */
export const causesPerPage = 500

/** Puts the expansions of causes into the queues of their instances. */
export function addScopePages(rota: Rota<ScopePage>, causes: readonly Cause[]): void {
  for (let from = 0; from < causes.length; from += causesPerPage) {
    for (const each of scopePagesOf(causes.slice(from, from + causesPerPage))) {
      rota.add(instanceKey(each.tenant, each.instance), each)
    }
  }
}

function nameOf(route: ScopePage['route'], { sessionId, subjectRef, scopeId }: Cause): string {
  return route === 'session' ? sessionId : route === 'subject' ? subjectRef : scopeId
}

/** The next page of session ids in scope; fewer than `max` is the last page. */
export async function askScopePage(
  ask: Ask,
  expansion: ScopePage,
  max = pageMaxOf(expansion),
): Promise<readonly string[]> {
  const { tenant, instance, route, causes, after } = expansion
  const all = causes.map((cause) => nameOf(route, cause))
  const names = [...new Set(all)].filter((name) => name !== '')
  if (route === 'session' || names.length === 0) return names
  const rows =
    route === 'subject'
      ? await ask(bySubject(max), { tenant, instance, names, after })
      : await ask(byEdge(max), { tenant, instance, names, after, edge: route })
  return rows.map((row) => text(row, 'session_id'))
}
