import type { FirstSight, Sighting, SubjectMemory } from '../../contract/memory.ts'
import { countryShown, showsSubject } from '../../contract/placing.ts'
import type { Detector, Sight } from '../detector.ts'
import { nothing } from '../detector.ts'

const isBefore = (one: FirstSight, other: FirstSight): boolean =>
  one.at < other.at || (one.at === other.at && one.eventId < other.eventId)

/**
 * The country a subject was first seen in is its baseline and no finding; every other country is one,
 * from its own first sight. Where a tunnel, a relay or a data centre lets somebody out says nothing of
 * where they are, so that is neither. An event that comes late may be an earlier first sight: then the finding
 * it makes, the one it moves and the one it withdraws are told together.
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
  inspect: (moment) => {
    const { event, session, subject } = moment
    const country = countryShown(moment)
    if (!subject || country === '' || !showsSubject(event, session)) return nothing
    const { occurredAt: at, id: eventId, sessionKind, sessionId } = event
    // By far most events: in the country where the subject was just before.
    if (country === subject.lastShownCountry && at > subject.lastShownAt) return nothing
    const { seen, overflow } = subject.countries
    if (overflow || seen.length === 0) return nothing
    const known = sightOf(country, seen)
    const here: FirstSight = { value: country, at, eventId, sessionKind, sessionId }
    if (known && !isBefore(here, known)) return nothing
    return judge(here, known, subject)
  },
  examples: [
    {
      name: 'always at home',
      history: [
        { minute: 0, from: 'warsaw' },
        { minute: 60, from: 'krakow' },
      ],
      finds: [],
    },
    {
      name: 'abroad for the first time',
      history: [
        { minute: 0, from: 'warsaw' },
        { minute: 600, from: 'lisbon' },
        { minute: 700, from: 'lisbon' },
      ],
      finds: ['PT'],
    },
    {
      name: 'an attempt that was refused shows nothing',
      history: [
        { minute: 0, from: 'warsaw' },
        { minute: 600, from: 'tokyo', outcome: 'refused' },
      ],
      finds: [],
    },
    {
      name: 'the exits of tunnels, relays and data centres are nobody’s country',
      history: [
        { minute: 0, from: 'warsaw' },
        { minute: 10, from: 'lisbon', network: 'vpn' },
        { minute: 20, from: 'tokyo', network: 'relay' },
        { minute: 30, from: 'tokyo', network: 'hosting' },
        { minute: 40, from: 'lisbon', network: 'tor' },
      ],
      finds: [],
    },
    {
      name: 'whoever goes where their tunnel ended before is there for the first time',
      history: [
        { minute: 0, from: 'lisbon', network: 'vpn' },
        { minute: 10, from: 'warsaw' },
        { minute: 20, from: 'lisbon', network: 'vpn' },
        { minute: 600, from: 'lisbon' },
        { minute: 700, from: 'lisbon', network: 'mobile' },
      ],
      finds: ['PT'],
    },
    {
      name: 'a phone abroad',
      history: [
        { minute: 0, from: 'warsaw' },
        { minute: 600, from: 'tokyo', network: 'mobile' },
      ],
      finds: ['JP'],
    },
    {
      name: 'the earlier country is heard of last',
      history: [
        { minute: 1, from: 'lisbon' },
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
): readonly Sight[] {
  const baseline = countries.seen.reduce((one, other) => (isBefore(other, one) ? other : one))
  if (!isBefore(here, baseline)) return [sight(here, baseline, true)]
  // Earlier than all that was known: it becomes the baseline, and the former one a finding.
  if (baseline.value === here.value) return nothing
  const former = sight(withSession(baseline, sightings), here, true)
  return known ? [former, sight(here, here, false)] : [former]
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
      : `${first.value} was the first country after all.`,
    facts: { country: first.value, baseline: baseline.value },
  }
}
