import { join } from 'node:path'
import type { Settings } from './settings.ts'

/** Folder of the numbered DDL files. */
const migrations = join(import.meta.dirname, '../../schemas/clickhouse')

/** The location of the store, by the settings. */
export function targetOf(settings: Settings) {
  const { CURFEW_CLICKHOUSE_URL: url, CURFEW_DATA_DIR: dataDir } = settings
  if (url === undefined) return { kind: 'embedded', path: join(dataDir, 'store') } as const
  return {
    kind: 'server',
    url,
    username: settings.CURFEW_CLICKHOUSE_USER,
    password: settings.CURFEW_CLICKHOUSE_PASSWORD ?? '',
    database: settings.CURFEW_CLICKHOUSE_DATABASE,
  } as const
}

/** What opening the store takes of the settings. */
export function storeLocationOf(settings: Settings) {
  const { CURFEW_CLICKHOUSE_CLUSTER: cluster } = settings
  return {
    target: targetOf(settings),
    migrations,
    ...(cluster === undefined ? {} : { cluster }),
  }
}
