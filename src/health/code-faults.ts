import type { CodeFault, OnFault } from '../contract/code-fault.ts'
import type { Log, Meter, Now } from '../contract/ports.ts'
import { makeOnceADay } from './once-a-day.ts'

/**
 * Counts errors that code threw on an event, and logs and notifies once a day for each instance and part:
 * otherwise a detector that always fails would look like one that finds nothing.
 */
export function watchFaults({
  now,
  log,
  meter,
  notify,
}: {
  readonly now: Now
  readonly log: Log
  readonly meter: Meter
  readonly notify: (fault: CodeFault, day: string, at: number) => void
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
    log.error({ ...fault }, 'code failed on an event; the event is processed without this part')
    notify(fault, due.day, due.at)
  }
}
