import { existsSync, statSync } from 'node:fs'
import { access, constants } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { loadCatalog } from '../catalog.ts'
import { catalogs } from '../catalog-folders.ts'
import { systemClock } from '../clock.ts'
import type { ConnectionsFile } from '../connections.ts'
import { loadConnections } from '../connections.ts'
import { CurfewError, codeOf, reasonOf } from '../contract/errors.ts'
import type { Policy } from '../contract/policy.ts'
import type { Send } from '../contract/ports.ts'
import type { Capabilities, Provider } from '../enforce/provider.ts'
import { makeSend } from '../enforce/send.ts'
import type { Instance } from '../instances.ts'
import { openInstances } from '../instances.ts'
import { makeLog } from '../log.ts'
import { defaultPolicy, loadPolicy } from '../policy.ts'
import { providersOf, toldOf } from '../proof-rules.ts'
import type { Settings } from '../settings.ts'
import { readSecret, readSettings } from '../settings.ts'
import type { StoreTarget } from '../store/clickhouse.ts'
import { openEngine } from '../store/clickhouse.ts'
import { placeOf } from '../store-place.ts'
import { openTelling } from '../tell.ts'
import { examineFiles } from './examine-files.ts'
import { examineHistory } from './examine-history.ts'
import { examineKafka } from './examine-kafka.ts'
import { examineServer } from './examine-server.ts'
import { detectorIds, holderOf, reportingIds } from './opening.ts'
import type { Symptom } from './symptom.ts'
import { attempt } from './symptom.ts'

/** Looks at everything that the environment names, and changes nothing. */
export async function examine(): Promise<readonly Symptom[]> {
  const read = attempt('settings', readSettings)
  if ('state' in read) return [read]
  const settings = read.value
  const reporting = await reportingIds()
  const policy = attempt('policy', () =>
    loadPolicy(settings.CURFEW_POLICY, detectorIds(), reporting),
  )
  const connections = attempt('connections', () => loadConnections(settings.CURFEW_CONNECTIONS))
  return [
    { check: 'settings', state: 'ok', detail: 'read; .env.example lists every variable' },
    'state' in policy ? policy : lookAtPolicy(settings, policy.value),
    ...(await lookAtStore(settings, 'state' in policy ? defaultPolicy : policy.value)),
    ...(await examineFiles(settings)),
    ...(await examineKafka(settings, 'state' in connections ? undefined : connections.value)),
    ...('state' in connections ? [connections] : await lookAtConnections(connections.value)),
    await lookAtNotices(settings),
  ]
}

function lookAtPolicy(settings: Settings, { causes }: Policy): Symptom {
  const check = 'policy'
  const enforced = Object.values(causes).filter(({ mode }) => mode === 'enforce').length
  if (settings.CURFEW_POLICY === undefined) {
    const detail =
      'no file: everything is observed, nothing is ended. Set CURFEW_POLICY when you have seen enough.'
    return { check, state: 'missing', detail }
  }
  const detail = `${enforced} of ${Object.keys(causes).length} cause classes are enforced`
  return { check, state: 'ok', detail }
}

async function lookAtStore(settings: Settings, policy: Policy): Promise<readonly Symptom[]> {
  const check = 'store'
  const { target } = placeOf(settings)
  const holder = holderOf(settings)
  if (holder !== undefined) {
    const detail = `in use by process ${holder.pid}, the Curfew at ${holder.url}`
    return [{ check, state: 'ok', detail }, ...(await examineServer(holder))]
  }
  try {
    if (target.kind === 'embedded' && !existsSync(target.path)) {
      await access(nearestFolder(resolve(target.path)), constants.W_OK)
      const detail = `nothing recorded yet; ${target.path} is made at the first start`
      return [{ check, state: 'missing', detail }]
    }
    return await askEngine(target, policy)
  } catch (error) {
    if (error instanceof CurfewError && error.code === 'STORE_LOCKED') {
      return [{ check, state: 'ok', detail: `in use: ${error.message}` }]
    }
    const reason = error instanceof CurfewError ? error.message : codeOf(error)
    const detail =
      target.kind === 'embedded'
        ? `${target.path}: ${reason}; check CURFEW_DATA_DIR and who may write there`
        : `${reason}; check CURFEW_CLICKHOUSE_URL, the user and its password`
    return [{ check, state: 'broken', detail }]
  }
}

async function askEngine(target: StoreTarget, policy: Policy): Promise<readonly Symptom[]> {
  const engine = await openEngine(target)
  try {
    const session = await engine.session()
    const [row] = await session.rows('select version() as version')
    const detail = `${target.kind} ClickHouse answers: ${JSON.stringify(row)}`
    const history = await examineHistory(session, policy.timing.settlingMs)
    return [{ check: 'store', state: 'ok', detail }, ...(history ? [history] : [])]
  } finally {
    await engine.close()
  }
}

/** What the folder would be made in. @throws ENOTDIR when a file is in its way. */
function nearestFolder(path: string): string {
  if (!existsSync(path)) return nearestFolder(dirname(path))
  if (statSync(path).isDirectory()) return path
  throw Object.assign(new Error('a file is in the way'), { code: 'ENOTDIR' })
}

async function lookAtConnections(connections: ConnectionsFile): Promise<readonly Symptom[]> {
  const { length } = connections.tokens
  const tokens: Symptom =
    length > 0
      ? { check: 'API tokens', state: 'ok', detail: `${length} in force` }
      : {
          check: 'API tokens',
          state: 'missing',
          detail: 'nobody can use the API. Make one with `curfew token`.',
        }
  if (connections.instances.length > 0) return [...(await lookAtProviders(connections)), tokens]
  const detail =
    'no identity provider is named. Write a connections file and set CURFEW_CONNECTIONS; the README shows one.'
  return [{ check: 'connections', state: 'missing', detail }, tokens]
}

async function lookAtProviders(connections: ConnectionsFile): Promise<readonly Symptom[]> {
  const watch = makeWatch(makeSend({ timeoutMs: 9_000, bodyBytesMax: 1_048_576 }))
  const ports = { send: watch.send, clock: systemClock, secretOf: readSecret }
  try {
    const instances = await openInstances(connections, ports)
    const providers = await loadCatalog<Provider>(catalogs.providers, 'provider')
    const judgedAs = toldOf(connections.instances).map((told) => providersOf(told, providers))
    const symptoms = await Promise.all(
      instances.map(async (instance, at) => [
        await lookAtProvider(instance, judgedAs[at] ?? []),
        ...(await lookAtSavedEvents(instance)),
      ]),
    )
    return [...symptoms.flat(), ...watch.symptoms()]
  } catch (error) {
    return [{ check: 'providers', state: 'broken', detail: reasonOf(error) }]
  }
}

/** What proves a death there, and what a call takes with it: known before anything is enforced. */
function provesWhat({ proofs, alsoEnds }: Capabilities): string {
  const also = Object.entries(alsoEnds).map(([kind, what]) => `${kind} session: ${alsoWords[what]}`)
  const ends = also.length === 0 ? '' : `. A call also ends, for an ${also.join(', for an ')}`
  return `Proof of death: ${proofs.control}${ends}`
}
const alsoWords = {
  nothing: 'nothing else',
  online_of_same_id: 'the online session of the same id',
  subject: 'every session of its subject',
} as const
async function lookAtProvider(
  { connection: { tenant, instance }, provider }: Instance,
  judgedAs: readonly Provider[],
): Promise<Symptom> {
  const check = `provider ${tenant}/${instance}`
  if (!provider) {
    const unsure = judgedAs.find(({ proofs }) => proofs.otherEnd !== 'proves')
    const why = unsure
      ? `. An end event of ${unsure.title} alone proves nothing: a death stays unproven until a use is refused, unless you set a provider`
      : ''
    const detail = `no provider: its sessions are judged, never listed or ended${why}`
    return { check, state: 'missing', detail }
  }
  const { ok, detail } = await provider.check()
  const told = `${detail}. ${provesWhat(provider.capabilities)}`
  return { check, state: ok ? 'ok' : 'broken', detail: told }
}

/** What the provider's own settings keep from us, where it can be asked. */
async function lookAtSavedEvents({
  connection: { tenant, instance, feed },
  provider,
}: Instance): Promise<readonly Symptom[]> {
  if (provider?.gaps === undefined) return []
  const check = `events of ${tenant}/${instance}`
  try {
    const { blind, dim } = await provider.gaps(feed !== undefined)
    const state = blind.length > 0 ? 'broken' : dim.length > 0 ? 'missing' : 'ok'
    const detail = [...blind, ...dim].join('; ') || 'all that is read of them is saved'
    return [{ check, state, detail }]
  } catch (error) {
    const detail = `which are saved was not told: ${reasonOf(error)}`
    return [{ check, state: 'missing', detail }]
  }
}

/** A `Date` header has whole seconds, and the answer was some time on its way. */
const offByMsMax = 5_000

/** Holds our clock against those of the providers: verdicts compare the times of both. */
function makeWatch(send: Send) {
  const offBy = new Map<string, number>()
  const watched: Send = async (url, request) => {
    const answer = await send(url, request)
    const theirs = Date.parse(answer.headers.date ?? '')
    if (!Number.isNaN(theirs)) offBy.set(new URL(url).host, theirs - systemClock.now())
    return answer
  }
  const symptoms = (): readonly Symptom[] =>
    [...offBy].map(([host, ms]) => {
      const seconds = Math.round(Math.abs(ms) / 1_000)
      const check = `clock of ${host}`
      return Math.abs(ms) <= offByMsMax
        ? { check, state: 'ok', detail: `within ${offByMsMax / 1_000} s of ours` }
        : {
            check,
            state: 'broken',
            detail: `${seconds} s ${ms > 0 ? 'ahead of' : 'behind'} ours; set the clocks by a time server`,
          }
    })
  return { send: watched, symptoms }
}

async function lookAtNotices(settings: Settings): Promise<Symptom> {
  const check = 'notices'
  if (settings.CURFEW_NOTIFY_URL === undefined) {
    const detail =
      'broken curfews and breaches are only logged. Set CURFEW_NOTIFY_URL and CURFEW_NOTIFY_SECRET.'
    return { check, state: 'missing', detail }
  }
  try {
    const send = () => Promise.reject(new TypeError('nothing is told here'))
    const meter = { count() {}, gauge() {}, observeMs() {} }
    await openTelling(settings, { send, clock: systemClock, log: makeLog('silent'), meter }).close()
    return { check, state: 'ok', detail: 'an address and a secret are set' }
  } catch (error) {
    return { check, state: 'broken', detail: reasonOf(error) }
  }
}
