import { parseArgs } from 'node:util'

export interface SoakOptions {
  /** Of live events in all, the honest time and the hostile time together. */
  readonly minutes: number
  readonly kills: number
  readonly people: number
  readonly days: number
}

/** Of the command line; `npm run soak -- --minutes 10`. */
export function readSoakOptions(): SoakOptions {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '30' },
      kills: { type: 'string', default: '40' },
      people: { type: 'string', default: '2000' },
      days: { type: 'string', default: '365' },
    },
  })
  const number = (name: keyof typeof values, least: number): number => {
    const value = Number(values[name])
    if (Number.isFinite(value) && value >= least) return value
    throw new TypeError(`--${name} must be a number of at least ${least}, found ${values[name]}`)
  }
  return {
    minutes: number('minutes', 1),
    kills: number('kills', 0),
    people: number('people', 0),
    days: number('days', 1),
  }
}
