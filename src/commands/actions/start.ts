import { openCurfew } from '../../main.ts'
import type { Roles } from '../../roles.ts'
import { readOptions, refuseWhileHeld, untilStopped } from '../opening.ts'

export async function run({ role }: { readonly role: Roles }): Promise<void> {
  const options = { ...(await readOptions()), roles: role }
  await refuseWhileHeld(
    options.settings,
    'Stop it first, or set CURFEW_DATA_DIR to another folder.',
  )
  const stopped = untilStopped()
  await using curfew = await openCurfew(options)
  const { url } = curfew.api
  options.log.info({ url, version: options.version, roles: [...role] }, 'curfew runs')
  const signal = await Promise.race([stopped, curfew.failed])
  options.log.info({ signal }, 'stopping: nothing new is taken, what was taken is recorded')
}
