/** An instant at which the tests begin, and the zone of the machine. */
export interface ClockCase {
  readonly name: string
  readonly at: string
  readonly zone: string
}

/** Days and nights on which programs that reckon with dates have failed before. */
export const clockCases: readonly ClockCase[] = [
  { name: 'a Sunday', at: '2026-12-06T12:00:00Z', zone: 'UTC' },
  { name: 'the last seconds of a year', at: '2026-12-31T23:59:30Z', zone: 'UTC' },
  { name: 'New Year', at: '2027-01-01T00:00:05Z', zone: 'UTC' },
  { name: 'a 29th of February', at: '2028-02-29T12:00:00Z', zone: 'UTC' },
  { name: 'the hour that Berlin leaves out', at: '2027-03-28T00:59:30Z', zone: 'Europe/Berlin' },
  { name: 'the hour that Berlin has twice', at: '2027-10-31T00:59:30Z', zone: 'Europe/Berlin' },
  { name: 'the hour New York leaves out', at: '2027-03-14T06:59:30Z', zone: 'America/New_York' },
  { name: 'the hour New York has twice', at: '2027-11-07T05:59:30Z', zone: 'America/New_York' },
  { name: 'tomorrow in Kiritimati', at: '2026-12-31T23:59:30Z', zone: 'Pacific/Kiritimati' },
  { name: 'yesterday in Honolulu', at: '2027-01-01T00:00:05Z', zone: 'Pacific/Honolulu' },
  { name: 'years after everything was kept', at: '2033-06-15T12:00:00Z', zone: 'UTC' },
]

/** What gives a process another clock or zone. Children need it too, or they live at another time. */
const variables = ['LD_PRELOAD', 'SHIFT_SECONDS', 'TZ'] as const

export const clockOf = (environment: NodeJS.ProcessEnv): { readonly [name: string]: string } =>
  Object.fromEntries(
    variables.flatMap((name) => {
      const value = environment[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
