import type { Command as Program } from 'commander'
import { CurfewError } from '../contract/errors.ts'
import { address } from './argument.ts'
import type { ServerAddress } from './ask-server.ts'

/** What every command that asks a running server takes. */
export interface ServerOptions {
  readonly url?: string
  readonly tokenFile?: string
  readonly json?: boolean
}

/** Adds these options to a command. */
export function withServer(command: Program): Program {
  return command
    .option(
      '--url <address>',
      'the running server; by default the one with the data folder',
      address,
    )
    .option('--token-file <path>', 'file with the API token')
    .option('--json', 'print what the server answers, one JSON object')
}

/**
 * The server to ask: the one that is named, else the one that has the data folder.
 *
 * @throws CurfewError SETTINGS_INVALID where none is named and none runs here.
 */
export async function serverOf({ url, tokenFile }: ServerOptions): Promise<ServerAddress> {
  if (url !== undefined) return { url, tokenFile }
  // Only here: settings are not needed to ask a server that is named.
  const { readSettings } = await import('../config/settings.ts')
  const { serverIn } = await import('../process/running-server.ts')
  const settings = readSettings()
  const running = serverIn(settings.CURFEW_DATA_DIR)
  if (running?.serves) return { url: running.url, tokenFile }
  throw new CurfewError(
    'SETTINGS_INVALID',
    `no server runs on the data folder ${settings.CURFEW_DATA_DIR}; start one, or name it with --url`,
  )
}
