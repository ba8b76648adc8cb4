import { CurfewError, reasonOf } from '../../contract/errors.ts'
import type { Append, Ask, Clock, Log } from '../../contract/ports.ts'
import { flag, number, text } from '../../contract/read-row.ts'
import type { KillNote, KillSwitch } from './kill-switch.ts'

const youngest = `
select turns, tupleElement(last, 1) as is_on, tupleElement(last, 2) as said_by,
  tupleElement(last, 3) as said, toUnixTimestamp64Milli(tupleElement(last, 4)) as at_ms
from
(
  select count() as turns, argMax((is_on, by, reason, at), (recorded_at, is_on)) as last
  from kill_switch
)`

/** Poll interval of the shared state, and the maximum age of an answer, ms. */
const pollEveryMs = 250
const answerAgeMsMax = 900

/**
 * The kill switch shared by several processes over one store: turned by the API of any of them, it
 * stops the enforcing process within a second. It is also on where the local file exists, and
 * where the store has not answered in time: without the store no intent can be written anyway.
 */
export function openStoreKillSwitch({
  local,
  ask,
  append,
  clock,
  log,
}: {
  /** The file of this process. */
  readonly local: KillSwitch
  readonly ask: Ask
  readonly append: Append
  readonly clock: Clock
  readonly log: Log
}): KillSwitch {
  let told: { readonly at: number; readonly note: KillNote | undefined } | undefined
  let isBlind = false
  const look = async (): Promise<void> => {
    const at = clock.now()
    const row = (await ask(youngest))[0]
    const isOn = row !== undefined && number(row, 'turns') > 0 && flag(row, 'is_on')
    const note = isOn
      ? { by: text(row, 'said_by'), at: number(row, 'at_ms'), reason: text(row, 'said') }
      : undefined
    // An older answer may arrive later.
    if (told === undefined || told.at <= at) told = { at, note }
  }
  const end = new AbortController()
  const watch = async (): Promise<void> => {
    while (!end.signal.aborted) {
      // Not waited for: a store that hangs must be noticed by the age of its last answer.
      look().catch((error: unknown) =>
        log.debug({ error: reasonOf(error) }, 'no word of the switch'),
      )
      await clock.wait(pollEveryMs, end.signal)
      const blind = !isFresh()
      if (blind !== isBlind) {
        isBlind = blind
        log.warn({}, blind ? blindWords : 'the store says again how the kill switch stands')
      }
    }
  }
  const isFresh = (): boolean => told !== undefined && clock.now() - told.at <= answerAgeMsMax
  const isOn = (): boolean => local.isOn() || !isFresh() || told?.note !== undefined
  watch().catch((error: unknown) =>
    log.error({ error: reasonOf(error) }, 'kill switch watch ended'),
  )
  return {
    isOn,
    note: () => local.note() ?? told?.note ?? (isFresh() ? undefined : blindNote),
    async set(on, by, reason) {
      // A local file would keep it on after another process turned the switch off.
      if (!on) await local.set(false, by, reason)
      try {
        const at = new Date(clock.now()).toISOString()
        await append('kill_switch', [{ is_on: on, by, reason, at }])
        await look()
      } catch (error) {
        if (on) await local.set(true, by, reason)
        throw new CurfewError(
          'ENFORCE_UNREACHABLE',
          `The store could not be told that the kill switch is turned ${on ? 'on, so it is on in this process only' : 'off'} (${reasonOf(error)}). ` +
            'Turn it again, or see to the file kill-switch in the data folder of the process that enforces.',
          { retry: true, cause: error },
        )
      }
    },
    close: () => {
      end.abort()
      local.close()
    },
  }
}

const blindWords =
  'the store does not say how the kill switch stands, so it counts as on: nothing is dispatched'
const blindNote: KillNote = { by: '', at: 0, reason: blindWords }
