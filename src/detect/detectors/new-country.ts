import type { FirstSight, Sighting, SubjectMemory } from '../../contract/memory.ts'
import { countryShown, showsSubject } from '../../contract/placing.ts'
import type { Detector, Sight } from '../detector.ts'
import { insufficient, nothing } from '../detector.ts'

const isBefore = (one: FirstSight, other: FirstSight): boolean =>
  one.at < other.at || (one.at === other.at && one.eventId < other.eventId)

/**
 * The countries a subject was seen in during its first days are where it usually is, and no finding;
 * every other country is one, from its own first sight. Where a tunnel, a relay or a data centre lets
 * somebody out says nothing of where they are, so that is neither. An event that comes late may be an
 * earlier first sight: then the finding it makes, the one it moves and the one it withdraws are told
 * together.
 */
export const detector: Detector = {
  id: 'new-country',
  title: 'A subject is seen in a country for the first time',
  kind: 'first_sight',
  family: 'behaviour',
  severity: 'low',
  mode: 'inform',
  attack: ['T1078'],
  runbook:
    'Ask the person whether they travel. If not, sign them out everywhere and reset the credential.',
  types: ['session.created', 'session.used', 'authentication.succeeded'],
  inspect: (context, { timing }) => {
    const { event, session, subject } = context
    const country = countryShown(context)
    if (!subject || country === '' || !showsSubject(event, session)) return nothing
    const { occurredAt: at, id: eventId, sessionKind, sessionId } = event
    // By far most events: in the country where the subject was just before.
    if (country === subject.lastShownCountry && at > subject.lastShownAt) return nothing
    const { seen, overflow } = subject.countries
    if (overflow || seen.length === 0) return nothing
    const known = sightOf(country, seen)
    const here: FirstSight = { value: country, at, eventId, sessionKind, sessionId }
    if (known && !isBefore(here, known)) return nothing
    return judge(here, known, subject, timing.settlingMs)
  },
  examples: [
    {
      name: 'always at home',
      history: [
        { minute: 0, from: 'warsaw' },
        { minute: 20_000, from: 'krakow' },
      ],
      finds: [],
    },
    {
      name: 'abroad for the first time',
      history: [
        { minute: 0, from: 'warsaw' },
        { minute: 20_000, from: 'lisbon' },
        { minute: 20_100, from: 'lisbon' },
      ],
      finds: ['PT'],
    },
    {
      name: 'all countries of the first days are usual ones',
      history: [
        { minute: 0, from: 'warsaw' },
        { minute: 600, from: 'lisbon' },
        { minute: 10_000, from: 'tokyo' },
        { minute: 20_000, from: 'lisbon' },
      ],
      finds: [],
    },
    {
      name: 'an attempt that was refused shows nothing',
      history: [
        { minute: 0, from: 'warsaw' },
        { minute: 20_000, from: 'tokyo', outcome: 'refused' },
      ],
      finds: [],
    },
    {
      name: 'servers, tunnels, relays, gateways and data centres are nobody’s country',
      history: [
        { minute: 0, from: 'warsaw' },
        { minute: 20_010, from: 'lisbon', network: 'vpn' },
        { minute: 20_020, from: 'tokyo', network: 'relay' },
        { minute: 20_030, from: 'tokyo', network: 'hosting' },
        { minute: 20_040, from: 'lisbon', network: 'tor' },
        { minute: 20_050, from: 'lisbon', network: 'gateway' },
        { minute: 20_060, from: 'tokyo', network: 'satellite' },
        { minute: 20_070, from: 'tokyo', ipOf: 'application' },
        { minute: 20_080, from: 'tokyo', ipOf: 'actor' },
        { minute: 20_090, from: 'tokyo', ipOf: 'unknown' },
      ],
      finds: [],
    },
    {
      name: 'whoever goes where their tunnel ended before is there for the first time',
      history: [
        { minute: 0, from: 'lisbon', network: 'vpn' },
        { minute: 10, from: 'warsaw' },
        { minute: 20, from: 'lisbon', network: 'vpn' },
        { minute: 20_000, from: 'lisbon' },
        { minute: 20_100, from: 'lisbon', network: 'mobile' },
      ],
      finds: ['PT'],
    },
    {
      name: 'a phone abroad',
      history: [
        { minute: 0, from: 'warsaw' },
        { minute: 20_000, from: 'tokyo', network: 'mobile' },
      ],
      finds: ['JP'],
    },
    {
      name: 'the earlier country is heard of last',
      history: [
        { minute: 20_000, from: 'lisbon' },
        { minute: 0, from: 'warsaw' },
      ],
      finds: ['PT'],
    },
  ],
}

/** The earliest sight of a country among those seen, if it was. */
function sightOf(country: string, seen: readonly FirstSight[]): FirstSight | undefined {
  for (const first of seen) if (first.value === country) return first
  return undefined
}

function judge(
  here: FirstSight,
  known: FirstSight | undefined,
  { countries, sightings }: SubjectMemory,
  settlingMs: number,
): readonly Sight[] {
  const before = newAmong(countries.seen, settlingMs)
  const seen = [...countries.seen.filter((first) => first !== known), here]
  const after = newAmong(seen, settlingMs)
  const baseline = baselineOf(seen)
  const told = after
    .filter((first) => !before.includes(first))
    .map((first) => sight(withSession(first, sightings), baseline, true))
  const gone = before
    .filter(({ value }) => !after.some((first) => first.value === value))
    .map((first) => sight(first, baseline, false))
  if (told.length + gone.length > 0) return [...told, ...gone]
  return baseline.value === here.value ? nothing : insufficient
}

function baselineOf(seen: readonly FirstSight[]): FirstSight {
  return seen.reduce((one, other) => (isBefore(other, one) ? other : one))
}

/** First sights that are new: those after the time in which a subject shows where it usually is. */
function newAmong(seen: readonly FirstSight[], settlingMs: number): readonly FirstSight[] {
  const baseline = baselineOf(seen)
  return seen.filter((first) => first !== baseline && first.at - baseline.at >= settlingMs)
}

/** The store does not keep which session showed it; the latest sightings, which it keeps, say so. */
function withSession(first: FirstSight, sightings: readonly Sighting[]): FirstSight {
  if (first.sessionId !== '') return first
  const { sessionKind, sessionId } =
    sightings.find(({ eventId }) => eventId === first.eventId) ?? first
  return { ...first, sessionKind, sessionId }
}

function sight(first: FirstSight, baseline: FirstSight, standing: boolean): Sight {
  return {
    on: 'subject',
    about: [first.value],
    standing,
    at: first.at,
    eventIds: [first.eventId],
    // Its own session and not the one whose event came late: that one is innocent.
    session: { kind: first.sessionKind, id: first.sessionId },
    why: standing
      ? `First seen in ${first.value}; until then in ${baseline.value}.`
      : `${first.value} is no new country after all.`,
    facts: { country: first.value, baseline: baseline.value },
  }
}
