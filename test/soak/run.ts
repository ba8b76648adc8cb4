import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Mood } from '../parts/journaled-idp.ts'
import { openJournaledIdp } from '../parts/journaled-idp.ts'
import type { Checked, Told } from './check.ts'
import { checkTenant, quantile } from './check.ts'
import { sendHistory, writeHistory } from './history.ts'
import { endConnections, resetWithoutEnd, sendRubbish } from './hostile.ts'
import { readSoakOptions } from './options.ts'
import { livePeople } from './people.ts'
import { makeSender } from './sender.ts'
import { openSoakServer } from './server.ts'

/**
 * A long run of the real program, killed again and again: an honest tenant alone, then beside hostile ones,
 * a slow and a lying provider. A year of history is replayed before, since a folder has one process, but for
 * its last weeks, which come in by the intake beside the live events. Afterwards what it did is held
 * against what its providers and producers wrote down by themselves. Prints what it found; ends with 1
 * where anything is not as it must be.
 */
const { minutes, kills, people, days } = readSoakOptions()
const say = (line: string): void => void process.stdout.write(`${line}\n`)
const folder = mkdtempSync(join(tmpdir(), 'curfew-soak-'))
const now = Date.now
/** Of the year the last days, which end yesterday: no intake takes events that are older than a month. */
const laterDays = Math.min(28, Math.floor(days / 2))
const yesterday = now() - 24 * 60 * 60_000

const moods: { readonly [tenant: string]: Mood } = {
  honest: 'honest',
  slow: 'slow',
  liar: 'lies',
  resets: 'honest',
  connections: 'honest',
  rubbish: 'honest',
  history: 'honest',
}
const tenants = await Promise.all(
  Object.entries(moods).map(async ([tenant, mood]) => ({
    tenant,
    lies: mood === 'lies',
    token: randomBytes(24).toString('hex'),
    idp: await openJournaledIdp({ mood, now }),
  })),
)
const instances = tenants.map(
  ({ tenant, idp }) =>
    `  - { tenant: ${tenant}, instance: idp, provider: loopback, settings: { base_url: '${idp.url}', token: { env: IDP_TOKEN } } }`,
)
const tokens = tenants.map(({ tenant, token }) => {
  const sha256 = createHash('sha256').update(token).digest('hex')
  return `  - { name: ${tenant}, tenant: ${tenant}, roles: [intake], instance: idp, sha256: ${sha256} }`
})
const lines = ['version: 1', 'instances:', ...instances, 'tokens:', ...tokens]
writeFileSync(join(folder, 'connections.yaml'), `${lines.join('\n')}\n`)
writeFileSync(
  join(folder, 'policy.yaml'),
  'version: 1\ncauses: { credential_reset: { mode: enforce, deadline_seconds: 60 } }\n',
)
/**
 * Beside six tenants who ask for all they can, one seventh of the machine is a fair share: from the reset
 * to the end the honest one may wait twice as long as alone, or 15 s longer.
 */
const unharmedTimes = 2
const unharmedMs = 15_000
const server = openSoakServer(folder, {
  CURFEW_CONNECTIONS: 'connections.yaml',
  CURFEW_POLICY: 'policy.yaml',
  IDP_TOKEN: 'invented',
  UV_THREADPOOL_SIZE: '16',
})

if (people > 0) await replayHistory()
await server.start()
const alone = await phase('the honest tenant alone', minutes / 3, Math.round(kills / 3), ['honest'])
const beside = await phase(
  'the honest tenant beside all others',
  (minutes * 2) / 3,
  kills - Math.round(kills / 3),
  Object.keys(moods),
)
say(`resident memory at most: ${Math.round(server.residentMax() / 1_048_576)} MiB`)
const { code, tookMs } = await server.stop()
say(`SIGTERM: ended with ${code} after ${(tookMs / 1_000).toFixed(1)} s`)
const aloneSigns = new Set(alone.flatMap(({ signs }) => signs.map(({ sessionId }) => sessionId)))
const faults: string[] = code === 0 && tookMs < 8_000 ? [] : ['the server did not end in time']
await check()
for (const { idp } of tenants) idp.close()
if (faults.length === 0) rmSync(folder, { recursive: true, force: true })
else say(`left for a look: ${folder}`)
say(faults.length === 0 ? 'all is as it must be' : `NOT AS IT MUST BE:\n${faults.join('\n')}`)
process.exit(faults.length === 0 ? 0 : 1)

/** A year of people's lives, brought in by a replay that is killed twice on its way. */
async function replayHistory(): Promise<void> {
  const begun = performance.now()
  const file = join(folder, 'history.ndjson')
  const until = yesterday - laterDays * 24 * 60 * 60_000
  const lines = await writeHistory(file, { people, days: days - laterDays, until })
  const replay = ['replay', '--tenant', 'honest', '--instance', 'idp', file]
  for (const killAfterMs of [8_000, 12_000, undefined]) {
    const ended = await server.run(replay, killAfterMs)
    if (ended === 0) break
    if (killAfterMs === undefined) throw new Error(`the replay ended with ${ended}`)
  }
  rmSync(file)
  const seconds = Math.round((performance.now() - begun) / 1_000)
  say(
    `${lines} events of ${people} people over ${days - laterDays} days replayed in ${seconds} s, killed twice`,
  )
}

/** Some tenants live for a while, the server is killed, and what is left to do is waited for. */
async function phase(
  title: string,
  lasting: number,
  times: number,
  names: readonly string[],
): Promise<readonly Told[]> {
  const begun = performance.now()
  const over = new AbortController()
  const living = tenants
    .filter(({ tenant }) => names.includes(tenant))
    .map(async ({ tenant, token, idp, lies }): Promise<Told> => {
      const sender = makeSender({ urlOf: server.url, token, over: over.signal })
      const each = {
        name: `${tenant}${names.length}`,
        idp,
        sender,
        now,
        everyMs: 1_500,
        over: over.signal,
      }
      if (tenant === 'history') {
        const later = { people, days: laterDays, until: yesterday }
        return { tenant, idp, sender, signs: await sendHistory(each, later), lies }
      }
      const attacks = { resets: resetWithoutEnd, connections: endConnections, rubbish: sendRubbish }
      const attack = Object.entries(attacks).find(([name]) => name === tenant)?.[1]
      const signs = attack ? await attack(each) : await livePeople(each)
      return { tenant, idp, sender, signs, lies }
    })
  const apartMs = (lasting * 60_000) / (times + 1)
  for (let killed = 0; killed < times; killed += 1) {
    await delay(apartMs * (0.5 + Math.random() / 2))
    await server.kill()
    await server.start()
  }
  await delay(Math.max(0, lasting * 60_000 - (performance.now() - begun)))
  over.abort()
  const told = await Promise.all(living)
  // What was condemned last has its deadline before it.
  await delay(90_000)
  say(`${title}: ${lasting.toFixed(1)} min, ${times} kills`)
  return told
}

async function check(): Promise<void> {
  for (const told of [...alone, ...beside]) {
    const isAlone = told.signs.some(({ sessionId }) => aloneSigns.has(sessionId))
    const all =
      told.tenant === 'honest'
        ? [...alone, ...beside].filter(({ tenant }) => tenant === 'honest')
        : [told]
    // What a journal shows of both times is held against what was condemned in both.
    const signs = all.flatMap((each) => each.signs)
    const found = await checkTenant(server, { ...told, signs })
    const own = await checkTenant(server, told)
    tell(isAlone ? 'alone' : 'beside', { ...found, latenciesMs: own.latenciesMs })
  }
  const [p99Alone, p99Beside] = [p99Of(alone), p99Of(beside)]
  const bound = Math.max(unharmedTimes * p99Alone, p99Alone + unharmedMs)
  say(`honest p99: ${p99Alone} ms alone, ${p99Beside} ms beside others, at most ${bound} ms`)
  if (p99Beside > bound) {
    faults.push(`the honest tenant waited ${p99Beside} ms beside others, and ${p99Alone} ms alone`)
  }
}

function p99Of(told: readonly Told[]): number {
  const honest = told.find(({ tenant }) => tenant === 'honest')
  const took = (honest?.signs ?? [])
    .flatMap(({ sessionId, condemnedAt }) => {
      const end = honest?.idp.sessions.get(sessionId)?.endedAt
      return condemnedAt === undefined || end === undefined ? [] : [end - condemnedAt]
    })
    .sort((one, other) => one - other)
  return took[Math.min(took.length - 1, Math.floor(0.99 * took.length))] ?? 0
}

function tell(when: string, found: Checked): void {
  const { tenant, acknowledged, lost, doubled, condemned, alive, latenciesMs } = found
  const { endedUncondemned, falselyKept } = found
  const times = [0.5, 0.99, 1].map((share) => quantile(latenciesMs, share)).join(' / ')
  say(
    `${tenant} ${when}: ${acknowledged} events acknowledged, ${lost} lost, ${doubled} doubled; ${condemned} condemned, ` +
      `${alive} alive, ${endedUncondemned} others ended, ${falselyKept} falsely kept; reset to end p50 / p99 / max ${times} s`,
  )
  for (const [what, count] of Object.entries({
    lost,
    doubled,
    alive,
    endedUncondemned,
    falselyKept,
  })) {
    if (count > 0) faults.push(`${tenant}: ${count} ${what}`)
  }
  if (acknowledged === 0) faults.push(`${tenant} ${when}: nothing that it sent was taken`)
}
