import type { CodeFault, OnFault } from '../contract/code-fault.ts'
import type { Log, Meter, Now } from '../contract/ports.ts'
import { makeOnceADay } from './once-a-day.ts'

/**
 * Counts code that threw on what an event holds, and says so once a day for each instance and part: without
 * a word a rule that judges nothing would look like one that finds nothing. `tell` gets an id's worth of
 * facts that is the same for that day.
 */
export function watchFaults({
  now,
  log,
  meter,
  tell,
}: {
  readonly now: Now
  readonly log: Log
  readonly meter: Meter
  readonly tell: (fault: CodeFault, day: string, at: number) => void
}): OnFault {
  const isDue = makeOnceADay(now)
  return (fault) => {
    const { tenant, instance, source, stage, part } = fault
    meter.count('curfew_code_faults_total', { stage, part })
    if (stage === 'enrich') {
      meter.count('curfew_decode_fields_left_out_total', { source, field: part })
    }
    const due = isDue(tenant, instance, stage, part)
    if (due === undefined) return
    log.error({ ...fault }, 'code failed on what an event holds; all else goes on')
    tell(fault, due.day, due.at)
  }
}
