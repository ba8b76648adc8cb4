import { join } from 'node:path'
import { readSettings } from '../../config/settings.ts'
import { attributionOf } from '../../contract/attribution.ts'
import { openEnrich } from '../../enrich/enrich.ts'
import { systemClock } from '../../process/clock.ts'
import { exitCodes } from '../command.ts'

export async function run(): Promise<void> {
  const settings = readSettings()
  await using enrich = await openEnrich({
    cityFile: settings.CURFEW_CITY_DATABASE,
    asnFile: settings.CURFEW_ASN_DATABASE,
    networksFile: settings.CURFEW_NETWORKS_FILE,
    defaults: {
      folder: join(settings.CURFEW_DATA_DIR, 'look-ups'),
      clock: systemClock,
      say: (line) => process.stderr.write(`curfew: ${line}\n`),
    },
    now: systemClock.now,
    meter: { count() {}, gauge() {}, observeMs() {} },
  })
  const { place, network, list } = enrich.databases
  const lines = [
    `places    ${place.build}`,
    `networks  ${network.build || 'none'}`,
    ...(list.build === '' ? [] : [`list      ${list.build}`]),
    ...attributionOf([place.build, network.build]),
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
  for (const warning of enrich.warnings) process.stderr.write(`curfew: ${warning}\n`)
  if (enrich.warnings.length > 0) process.exitCode = exitCodes.found
}
