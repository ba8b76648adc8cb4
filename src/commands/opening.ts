import { readdirSync } from 'node:fs'
import { basename } from 'node:path'
import { systemClock } from '../clock.ts'
import { loadConnections } from '../connections.ts'
import { catalogs } from '../ingest.ts'
import { makeLog } from '../log.ts'
import type { CurfewOptions } from '../main.ts'
import { loadPolicy } from '../policy.ts'
import { readSecret, readSettings } from '../settings.ts'
import { version } from '../version.ts'

/**
 * Everything a command needs to open Curfew as the environment describes it.
 *
 * @throws CurfewError SETTINGS_INVALID, POLICY_INVALID.
 */
export function readOptions(): CurfewOptions {
  const settings = readSettings()
  return {
    settings,
    connections: loadConnections(settings.CURFEW_CONNECTIONS),
    policy: loadPolicy(settings.CURFEW_POLICY, detectorIds()),
    secretOf: readSecret,
    clock: systemClock,
    log: makeLog(settings.CURFEW_LOG_LEVEL),
    version,
  }
}

/** Names a policy may speak of: detectors and sweeps alike. */
export function detectorIds(): readonly string[] {
  return [catalogs.detectors, catalogs.sweeps]
    .flatMap((folder) => readdirSync(folder))
    .map((file) => basename(file, '.ts'))
    .sort()
}

/** Resolves at the first SIGTERM or SIGINT; a second one ends the process at once. */
export function untilStopped(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let asked = false
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        if (asked) process.exit(130)
        asked = true
        resolve(signal)
      })
    }
  })
}
