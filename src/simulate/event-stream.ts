import { Random } from './random.ts'

/** How many of everything there are for so many people; the shares are those of a large company. */
export interface StreamScale {
  readonly people: number
  readonly sessions: number
  /** A tenth of them IPv6. */
  readonly addresses: number
  readonly userAgents: number
  readonly organizations: number
}

/** 50,000 people: 100,000 sessions, 20,000 addresses, 500 user agents, 800 organizations. */
export function scaleFor(people: number): StreamScale {
  return {
    people,
    sessions: people * 2,
    addresses: Math.max(10, Math.round(people * 0.4)),
    userAgents: Math.min(500, Math.max(5, Math.round(people / 100))),
    organizations: Math.max(1, Math.round(people / 62.5)),
  }
}

export interface StreamOptions {
  readonly seed: string
  readonly people: number
  readonly count: number
  /** Time of the first event, ms since the epoch. */
  readonly startAt?: number
  /** Events a second of their own time, default 1,000. */
  readonly eventsPerSecond?: number
}

const defaultStartAt = Date.UTC(2026, 10, 2, 8)

/**
 * Wire JSON of `session-event.v1` by the million, for measurements: the same for the same seed, of
 * about 500 bytes, mostly uses, with creations, ends and a few causes between. Most sessions are
 * older than the stream; the others begin with their creation. Events carry no place: addresses are
 * drawn from public ranges by number only, so that look-ups have their real work. Nothing is planted
 * in it; that is what `openSimulation` does.
 */
export function* simulateEvents(options: StreamOptions): Generator<string> {
  const { seed, people, count, startAt = defaultStartAt, eventsPerSecond = 1_000 } = options
  const stream = makeStream(new Random(seed), scaleFor(people))
  const stepMs = 1_000 / eventsPerSecond
  for (let n = 0; n < count; n++) yield stream(n, startAt + Math.floor(n * stepMs))
}

/** A session's place in the stream; its id changes each time it begins anew. */
interface Slot {
  alive: boolean
  generation: number
  uses: number
  /** Everything about it that stays the same, as JSON without the outer braces. */
  readonly session: (generation: number) => string
  readonly subject: string
  readonly from: string
  readonly home: string
}

const expiresAfterMs = 12 * 3_600_000

function makeStream(random: Random, scale: StreamScale): (n: number, at: number) => string {
  const run = random.hex(8)
  const slots = makeSlots(random, scale)
  const clock = makeTimeText()
  return (n, at) => {
    const slot = random.pick(slots)
    const time = clock(at)
    const head = `{"version":1,"id":"evt-${run}-${n}","occurred_at":"${time}"`
    if (!slot.alive) {
      slot.alive = true
      slot.generation += 1
      slot.uses = 0
      const expires = new Date(at + expiresAfterMs).toISOString()
      return `${head},"type":"session.created",${slot.session(slot.generation)},${slot.from},"auth_method":"password","expires_at":"${expires}","initiator":{"kind":"user"}}`
    }
    const dice = random.unit()
    if (dice < 0.955) return `${head},${useOf(random, slot)}}`
    const session = slot.session(slot.generation)
    if (dice < 0.985) {
      slot.alive = false
      return dice < 0.975
        ? `${head},"type":"session.ended",${session},${slot.home},"reason":"logout","initiator":{"kind":"user"}}`
        : `${head},"type":"session.revoked",${session},${slot.home},"reason":"signed out everywhere","initiator":{"kind":"admin","id":"admin-1","client_id":"admin-console"}}`
    }
    if (dice < 0.998) {
      const result = dice < 0.996 ? 'succeeded' : 'failed'
      return `${head},"type":"authentication.${result}",${slot.subject},${slot.from},"auth_method":"password"}`
    }
    return `${head},${causeOf(random, slot)}}`
  }
}

const applications = ['billing', 'calendar', 'code', 'crm', 'mail', 'tickets'] as const

function useOf(random: Random, slot: Slot): string {
  slot.uses += 1
  const accepted = random.chance(0.98)
  const atIdp = random.chance(0.25)
  const outcome = accepted
    ? `"result":"accepted","status":200`
    : `"result":"refused","status":401,"refusal_reason":"token_expired"`
  return (
    `"type":"session.used",${slot.session(slot.generation)},${slot.from},` +
    `"application_id":"${random.pick(applications)}",` +
    `"token":{"ordinal":${slot.uses},"kind":"${atIdp ? 'refresh' : 'access'}"},` +
    `"outcome":{${outcome},"observer":"${atIdp ? 'idp' : 'application'}"}`
  )
}

const causes = [
  '"type":"credential.reset","reason":"password forgotten","initiator":{"kind":"user"}',
  '"type":"factor.changed","initiator":{"kind":"admin","id":"admin-1"}',
  '"type":"access.reduced","reason":"left the project","initiator":{"kind":"admin","id":"admin-1"}',
  '"type":"subject.offboarded","reason":"left","initiator":{"kind":"system"}',
] as const

const causeOf = (random: Random, { subject, home }: Slot): string =>
  `${random.pick(causes)},${subject},${home}`

function makeSlots(random: Random, scale: StreamScale): readonly Slot[] {
  const many = <Made>(count: number, make: (n: number) => Made) =>
    Array.from({ length: count }, (_, n) => make(n))
  const addresses = many(scale.addresses, (n) => publicAddress(random, n % 10 === 9))
  const agents = many(scale.userAgents, () => userAgent(random))
  const prints = many(20, () => `t13d1516h2_${random.hex(12)}_${random.hex(12)}`)
  const organizations = many(scale.organizations, () => `org_${random.hex(10)}`)
  const users = many(scale.people, () => `user_${random.hex(12)}`)
  // People's sessions mostly come from one place; few are elsewhere at the same time.
  const homes = many(scale.people, (n) => addresses[n % addresses.length] ?? '')
  return many(scale.sessions, (n) => {
    const user = users[n % users.length] ?? ''
    const subject = `"subject":{"id":"${user}","email":"${user}@example.com"}`
    const id = `session_${random.hex(12)}`
    return {
      alive: random.chance(0.97),
      generation: 0,
      uses: 0,
      session: (generation) => `"session":{"id":"${id}_${generation}","kind":"online"},${subject}`,
      subject,
      from:
        `"ip":"${random.chance(0.985) ? homes[n % homes.length] : random.pick(addresses)}","user_agent":${JSON.stringify(random.pick(agents))},` +
        `"device_id":"dev_${random.hex(12)}","client_fingerprint":"${random.pick(prints)}",` +
        `"organization_id":"${organizations[n % organizations.length] ?? ''}"`,
      home: `"organization_id":"${organizations[n % organizations.length] ?? ''}"`,
    }
  })
}

// First octets that have long been given to networks in many countries, reserved ones left out.
const publicOctets = [5, 24, 31, 37, 46, 62, 78, 80, 81, 82, 89, 91, 93, 109, 176, 188, 212, 217]

function publicAddress(random: Random, isIpv6: boolean): string {
  if (!isIpv6) {
    const rest = [random.whole(0, 255), random.whole(0, 255), random.whole(1, 254)]
    return `${random.pick(publicOctets)}.${rest.join('.')}`
  }
  const group = () => random.whole(1, 65_535).toString(16)
  return `2a0${random.whole(0, 9)}:${group()}:${group()}:${group()}::${group()}`
}

const systems = [
  'Windows NT 10.0; Win64; x64',
  'Macintosh; Intel Mac OS X 10_15_7',
  'X11; Linux x86_64',
  'Linux; Android 10; K',
] as const

function userAgent(random: Random): string {
  const version = `${random.whole(120, 142)}.0.${random.whole(1000, 7999)}.${random.whole(10, 250)}`
  return `Mozilla/5.0 (${random.pick(systems)}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version} Safari/537.36`
}

/** Writing out a time is dear; the second is written once and kept. */
function makeTimeText(): (at: number) => string {
  let second = Number.NaN
  let text = ''
  return (at) => {
    const now = Math.floor(at / 1_000)
    if (now !== second) {
      second = now
      text = new Date(now * 1_000).toISOString().slice(0, 20)
    }
    return `${text}${String(at - now * 1_000).padStart(3, '0')}Z`
  }
}
