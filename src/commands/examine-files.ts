import { existsSync } from 'node:fs'
import { systemClock } from '../clock.ts'
import { reasonOf } from '../contract/errors.ts'
import type { Meter } from '../contract/ports.ts'
import { openEnrich } from '../enrich/enrich.ts'
import { loadKey } from '../key.ts'
import type { Settings } from '../settings.ts'
import { keyPathOf } from './opening.ts'
import type { Symptom } from './symptom.ts'
import { attempt } from './symptom.ts'

/** Looks at the files that settings name, as the start would read them. */
export async function examineFiles(settings: Settings): Promise<readonly Symptom[]> {
  return [lookAtKey(settings), await lookAtDatabases(settings)]
}

/** Only where there is one: reading a key that is not there makes it. */
function lookAtKey(settings: Settings): Symptom {
  const [check, path] = ['key', keyPathOf(settings)]
  if (!existsSync(path)) {
    return { check, state: 'missing', detail: `no key yet; ${path} is made at the first start` }
  }
  const read = attempt(check, () => loadKey(path))
  return 'state' in read
    ? read
    : { check, state: 'ok', detail: `${path}; keep a copy apart from those of the store` }
}

const idle: Meter = { count() {}, gauge() {}, observeMs() {} }

async function lookAtDatabases({
  CURFEW_CITY_DATABASE: cityFile,
  CURFEW_ASN_DATABASE: asnFile,
  CURFEW_NETWORKS_FILE: networksFile,
}: Settings): Promise<Symptom> {
  const check = 'look-ups'
  const files = { cityFile, asnFile, networksFile }
  const given = Object.entries(files).flatMap(([name, path]) => (path ? [[name, path]] : []))
  const lacking = [
    ...(cityFile ? [] : ['places come from the bundled data of 2019; set CURFEW_CITY_DATABASE']),
    ...(asnFile ? [] : ['most networks stay unknown; set CURFEW_ASN_DATABASE']),
  ]
  try {
    if (given.length > 0) {
      const ports = { now: systemClock.now, meter: idle }
      await using enrich = await openEnrich({ ...Object.fromEntries(given), ...ports })
      lacking.push(...enrich.warnings)
    }
    if (lacking.length > 0) return { check, state: 'missing', detail: lacking.join('; ') }
    return { check, state: 'ok', detail: given.map(([, path]) => path).join(', ') }
  } catch (error) {
    return { check, state: 'broken', detail: reasonOf(error) }
  }
}
