import type { ConnectionsFile } from '../../config/connections.ts'
import { readSecret } from '../../config/settings.ts'
import type { Connector } from '../../connectors/connector.ts'
import { reasonOf } from '../../contract/errors.ts'
import type { Send } from '../../contract/ports.ts'
import type { Capabilities } from '../../enforce/provider-kit/provider.ts'
import { makeSend } from '../../http/bounded-fetch.ts'
import { loadFolders } from '../../process/catalog.ts'
import { systemClock } from '../../process/clock.ts'
import { catalogs } from '../../runtime/catalog-folders.ts'
import type { Instance } from '../../runtime/instances.ts'
import { openInstances } from '../../runtime/instances.ts'
import { connectorsOf, sourcesOf } from '../../runtime/proof-rules.ts'
import type { CheckResult } from './check-result.ts'

/** Checks every provider: our rights, the events that it saves, and its clock. */
export async function examineProviders(
  connections: ConnectionsFile,
): Promise<readonly CheckResult[]> {
  const watch = makeWatch(makeSend({ timeoutMs: 9_000, bodyBytesMax: 1_048_576 }))
  const ports = { send: watch.send, clock: systemClock, secretOf: readSecret }
  try {
    const connectors = await loadFolders<Connector>(catalogs.connectors, 'connector')
    const instances = openInstances(connections, connectors, ports)
    const judgedAs = sourcesOf(connections.instances).map((told) => connectorsOf(told, connectors))
    const symptoms = await Promise.all(
      instances.map(async (instance, at) => [
        await checkProvider(instance, judgedAs[at] ?? []),
        ...(await checkSavedEvents(instance)),
      ]),
    )
    return [...symptoms.flat(), ...watch.symptoms()]
  } catch (error) {
    return [{ check: 'providers', state: 'broken', detail: reasonOf(error) }]
  }
}

/** What proves a death at the provider, and what a call ends too: shown before anything is enforced. */
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
async function checkProvider(
  { connection: { tenant, instance }, provider }: Instance,
  judgedAs: readonly Connector[],
): Promise<CheckResult> {
  const check = `provider ${tenant}/${instance}`
  if (!provider) {
    const unsure = judgedAs.find(({ proofs }) => proofs.otherEnd !== 'proves')
    const why = unsure
      ? `. An end event of ${unsure.title} alone proves nothing: a death stays unproven until a use is refused, unless you set a provider`
      : ''
    const detail = `no provider: sessions are judged, and neither listed nor ended${why}`
    return { check, state: 'optional', detail }
  }
  const { ok, detail } = await provider.check()
  const told = `${detail.replace(/\.$/, '')}. ${provesWhat(provider.capabilities)}`
  return { check, state: ok ? 'ok' : 'broken', detail: told }
}

/** What the provider's own settings keep from us, where it can be asked. */
async function checkSavedEvents({
  connection: { tenant, instance, feed },
  provider,
}: Instance): Promise<readonly CheckResult[]> {
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
  const symptoms = (): readonly CheckResult[] =>
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
