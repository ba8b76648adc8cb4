import UAParser from 'ua-parser-js'
import type { Device } from '../contract/enriched-event.ts'
import { noDevice } from '../contract/enriched-event.ts'
import type { Now } from '../contract/ports.ts'
import { userAgentLengthMax } from '../contract/session-event-v1.ts'
import { BoundedCache } from '../process/bounded-cache.ts'
import { makeDeclaredClassOf } from './agents.ts'
import { browserNames, desktopSystems, embeddedBrowsers, systemNames } from './device-names.ts'

/** Reads user agents, each distinct one once, and no more new ones a second than was allowed. */
export interface Devices {
  readonly find: (userAgent: string) => Device
  readonly cache: BoundedCache<string, Device>
  /** How many look-ups were put off so far. */
  readonly postponed: () => number
}

/**
 * A user agent never seen before costs about ten times as much as reading the event it came on, a
 * hostile one four hundred times, and whoever sends events can make each one new. So within one
 * second of `now` at most `missesPerSecondMax` new ones are read, and only until that took
 * `readingMsMax`; beyond it the answer is `miss` and is not kept, so that it is read later.
 */
export function makeDevices({
  now,
  missesPerSecondMax,
  readingMsMax = 100,
  cacheMax,
}: {
  readonly now: Now
  readonly missesPerSecondMax: number
  /** Milliseconds of each second that reading new user agents may take. */
  readonly readingMsMax?: number | undefined
  readonly cacheMax: number
}): Devices {
  const readUserAgent = makeReadUserAgent()
  const cache = new BoundedCache<string, Device>(cacheMax)
  let second = Number.NaN
  let spent = 0
  let spentMs = 0
  let postponed = 0
  const find = (userAgent: string): Device => {
    if (saysNone.test(userAgent)) return noDevice
    const known = cache.get(userAgent)
    if (known !== undefined) return known
    const startedAt = now()
    if (Math.floor(startedAt / 1000) !== second) {
      second = Math.floor(startedAt / 1000)
      spent = 0
      spentMs = 0
    }
    if (spent >= missesPerSecondMax || spentMs >= readingMsMax) {
      postponed++
      return putOff
    }
    const device = readUserAgent(userAgent.slice(0, userAgentLengthMax))
    cache.set(userAgent, device)
    spent++
    // Most readings take no whole millisecond; those that cross one stand for the others.
    spentMs += Math.max(0, now() - startedAt)
    return device
  }
  return { find, cache, postponed: () => postponed }
}

/** What servers and languages write where there was no such header. */
const saysNone = /^(?:[^a-z0-9]{0,40}|null|undefined|none|unknown)$/i

const putOff: Device = { state: 'miss', browser: '', os: '', type: '', agentClass: 'unknown' }

/**
 * Builds the reader of one user agent. Names come from closed lists, without versions, so that no
 * text of a client's choosing becomes a new value of a column.
 */
function makeReadUserAgent(): (userAgent: string) => Device {
  const declaredClassOf = makeDeclaredClassOf()
  return (userAgent) => {
    const declared = declaredClassOf(userAgent)
    if (declared === 'script' || declared === 'bot' || declared === 'ai_agent') {
      // What they add about browser and system is there to be let in, not to be believed.
      return { state: 'hit', browser: '', os: '', type: '', agentClass: declared }
    }
    const parser = new UAParser(userAgent)
    const browser = nameFrom(browserNames, parser.getBrowser().name)
    const os = nameFrom(systemNames, parser.getOS().name)
    return {
      state: 'hit',
      browser,
      os,
      type: typeOf(parser.getDevice().type, os),
      agentClass: declared ?? handheldClassOf(userAgent, browser, os),
    }
  }
}

function handheldClassOf(
  userAgent: string,
  browser: string,
  os: string,
): 'app' | 'browser' | 'unknown' {
  if (embeddedBrowsers.has(browser)) return 'app'
  // A bare WebKit on iOS is the web view of an app: the browser there adds its own name.
  if (browser === 'WebKit' && os === 'iOS') return 'app'
  const speaksLikeOne = /^(?:Mozilla|Opera)\//.test(userAgent)
  return speaksLikeOne && browser !== '' ? 'browser' : 'unknown'
}

function nameFrom(names: ReadonlyMap<string, string>, found: string | undefined): string {
  if (found === undefined) return ''
  return names.get(found.toLowerCase()) ?? 'Other'
}

function typeOf(found: string | undefined, os: string): Device['type'] {
  if (found === 'mobile' || found === 'tablet') return found
  if (found !== undefined) return 'other'
  return desktopSystems.has(os) ? 'desktop' : ''
}
