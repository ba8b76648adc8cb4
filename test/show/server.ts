import { createHash } from 'node:crypto'
import type { Append, Ask, Log } from '../../src/contract/ports.ts'
import { loadApiCatalogs } from '../../src/runtime/api-catalogs.ts'
import type { Role } from '../../src/show/api/principal.ts'
import type { Server } from '../../src/show/api/server.ts'
import type { Deps } from '../../src/show/route.ts'
import { buildServer } from '../../src/show/show.ts'
import { fill } from '../../src/store/literal.ts'
import { idleMeter, silentLog } from '../given.ts'

export const roles = ['viewer', 'analyst', 'responder', 'auditor', 'admin', 'intake'] as const

/** The token of a role of a tenant, in clear as its holder has it. */
export const tokenOf = (role: Role, tenant = 'acme'): string => `token-of-${role}-at-${tenant}`

export const bearer = (role: Role, tenant = 'acme') => ({
  authorization: `Bearer ${tokenOf(role, tenant)}`,
})

export const tokens = ['acme', 'rival'].flatMap((tenant) =>
  roles.map((role) => ({
    name: `${role}-token`,
    tenant,
    roles: [role],
    sha256: createHash('sha256').update(tokenOf(role, tenant)).digest('hex'),
    ...(role === 'intake' ? { instance: 'one' } : {}),
  })),
)

/** A store that has nothing. */
export const emptyAsk: Ask = async () => []

/** A store that writes down what was asked of it. */
export function listening(answer: Ask = emptyAsk) {
  const asked: { readonly sql: string; readonly values: object }[] = []
  const appended: { readonly table: string; readonly row: object }[] = []
  const ask: Ask = async (sql, values = {}) => {
    asked.push({ sql, values })
    return await answer(sql, values)
  }
  const append: Append = async (table, rows) => {
    for (const row of rows) appended.push({ table, row })
  }
  return { asked, appended, ask, append }
}

/** A log that keeps its lines. */
export function keepingLog() {
  const lines: string[] = []
  const keep = (fields: object, message: string) => {
    lines.push(JSON.stringify({ ...fields, message }))
  }
  const log: Log = { debug: keep, info: keep, warn: keep, error: keep }
  return { lines, log }
}

export const noon = Date.parse('2026-11-03T12:00:00.000Z')

export const aDetector: Deps['detectors'][number] = {
  id: 'new-country',
  kind: 'detector',
  title: 'A person is in a country for the first time',
  severity: 'low',
  mode: 'inform',
  attack: ['T1078'],
  runbook: 'Ask the person.',
}

/** A server over fakes; each test says only what matters to it. */
export async function aServer(more: Partial<Deps> = {}): Promise<Server> {
  let ids = 0
  return await buildServer({
    ...(await loadApiCatalogs()),
    ask: emptyAsk,
    append: async () => {},
    fill,
    tokens,
    detectors: [aDetector],
    instancesOf: () => ['one'],
    pseudonym: (tenant, instance, id) =>
      id === '' ? '' : createHash('md5').update(`${tenant}/${instance}/${id}`).digest('hex'),
    now: () => noon,
    log: silentLog,
    meter: idleMeter,
    metricsText: async () => '# HELP curfew_up\n',
    intake: {
      acceptWebhook: async () => ({ result: 'accepted', accepted: 1, rejected: [] }),
      acceptEvents: async () => ({ result: 'accepted', accepted: 1, rejected: [] }),
    },
    killSwitch: {
      read: async () => ({ on: false, by: '', at: null, reason: '' }),
      set: async () => {},
    },
    health: async () => [{ name: 'store', state: 'ready' }],
    version: '0.1.0',
    ownClients: ['client-curfew'],
    endingOf: () => ({
      kinds: ['online', 'offline', 'agent'],
      alsoEnds: { offline: 'online_of_same_id' },
      canList: true,
    }),
    modeOf: () => 'enforce',
    newId: () => {
      ids += 1
      return `request-${ids}`
    },
    ...more,
  })
}
