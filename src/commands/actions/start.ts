import type { Roles } from '../../config/roles.ts'
import { CurfewError } from '../../contract/errors.ts'
import { stopTimes } from '../../contract/stop-times.ts'
import type { CurfewOptions } from '../../main.ts'
import { openCurfew } from '../../main.ts'
import { topicsWithoutBrokers } from '../doctor/topics-without-brokers.ts'
import { readOptions, refuseWhileInUse } from '../opening.ts'
import { policyText, signOutWarning } from '../policy-text.ts'
import { endWithin, untilStopped } from '../stopping.ts'

export async function run({ role }: { readonly role: Roles }): Promise<void> {
  const options = { ...(await readOptions()), roles: role }
  await refuseWhileInUse(
    options.settings,
    'Stop it first, or set CURFEW_DATA_DIR to another folder.',
  )
  const unread = role.has('ingest')
    ? topicsWithoutBrokers(options.settings, options.connections)
    : undefined
  if (unread !== undefined) throw new CurfewError('SETTINGS_INVALID', unread)
  const stopped = untilStopped()
  const end = () => endWithin(stopTimes.ended, options.log)
  void stopped.then(end)
  await using curfew = await openCurfew(options)
  curfew.failed.catch(end)
  const { url } = curfew.api
  options.log.info({ url, version: options.version, roles: [...role] }, 'curfew runs')
  if (role.has('enforce')) logPolicy(options)
  const signal = await Promise.race([stopped, curfew.failed])
  options.log.info({ signal }, 'stopping: nothing new is taken, what was taken is recorded')
}

/** Whoever starts it sees in its log what will be ended; `doctor` says the same. */
function logPolicy({ policy, log }: Pick<CurfewOptions, 'policy' | 'log'>): void {
  log.info({}, policyText(policy))
  const warning = signOutWarning(policy)
  if (warning !== undefined) log.warn({}, warning)
}
