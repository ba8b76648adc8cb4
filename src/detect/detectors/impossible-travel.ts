import { sightingOf, travel } from '../../contract/journeys.ts'
import type { Journey } from '../../contract/memory.ts'
import type { Detector, Sight } from '../detector.ts'
import { nothing } from '../detector.ts'
import { kilometres, span } from '../measures.ts'

/**
 * Tells journeys that nobody can have made, each once, however often and in how many sessions its
 * legs were seen: memory keeps them by the same rule. What it says is of the first leg; the session
 * is that of the first leg's later end, since the earlier place is the one where the subject was.
 */
export const detector: Detector = {
  id: 'impossible-travel',
  title: 'A subject is in two places too far apart for the time between',
  kind: 'pair',
  family: 'behaviour',
  severity: 'medium',
  mode: 'inform',
  attack: ['T1078', 'T1550.004'],
  runbook:
    'Compare devices and networks of both sessions; end the one the person does not recognise.',
  types: ['session.created', 'session.used', 'authentication.succeeded'],
  inspect: (context) => {
    const { subject } = context
    const here = subject && sightingOf(context)
    const travelled = here && travel(subject, here)
    if (!travelled) return nothing
    return [
      ...travelled.gone.map((journey) => sight(journey, false)),
      ...travelled.changed.map((journey) => sight(journey, true)),
    ]
  },
  examples: [
    {
      name: 'a flight that airliners fly',
      history: [
        { minute: 0, from: 'warsaw', ip: '192.0.2.1' },
        { minute: 300, from: 'lisbon', ip: '192.0.2.2' },
      ],
      finds: [],
    },
    {
      name: 'Warsaw and Tokyo within the hour',
      history: [
        { minute: 0, from: 'warsaw', ip: '192.0.2.1' },
        { minute: 60, from: 'tokyo', ip: '192.0.2.3' },
      ],
      finds: ['JP PL 1'],
    },
    {
      name: 'one address that the database moved',
      history: [
        { minute: 0, from: 'warsaw', ip: '192.0.2.1' },
        { minute: 60, from: 'tokyo', ip: '192.0.2.1' },
      ],
      finds: [],
    },
    {
      name: 'there and back again and again, in two sessions, is told once',
      history: [
        { minute: 0, from: 'warsaw', ip: '192.0.2.1' },
        { minute: 1, from: 'tokyo', ip: '192.0.2.3', session: 't' },
        { minute: 2, from: 'krakow', ip: '192.0.2.2' },
        { minute: 3, from: 'tokyo', ip: '192.0.2.4' },
        { minute: 4, from: 'warsaw', ip: '192.0.2.1' },
      ],
      finds: ['JP PL 1'],
    },
    {
      name: 'the same journey two days later is another one',
      history: [
        { minute: 0, from: 'warsaw', ip: '192.0.2.1' },
        { minute: 1, from: 'tokyo', ip: '192.0.2.3' },
        { minute: 2881, from: 'warsaw', ip: '192.0.2.1' },
        { minute: 2882, from: 'tokyo', ip: '192.0.2.3' },
      ],
      finds: ['JP PL 1', 'JP PL 3'],
    },
    {
      name: 'neither servers nor tunnels, gateways and data centres are ends of a journey',
      history: [
        { minute: 0, from: 'warsaw', ip: '192.0.2.1' },
        { minute: 1, from: 'tokyo', ip: '192.0.2.3', ipOf: 'application' },
        { minute: 2, from: 'tokyo', ip: '192.0.2.3', ipOf: 'unknown' },
        { minute: 3, from: 'tokyo', ip: '192.0.2.4', ipOf: 'actor' },
        { minute: 4, from: 'tokyo', ip: '192.0.2.5', network: 'hosting' },
        { minute: 5, from: 'tokyo', ip: '192.0.2.6', network: 'relay' },
        { minute: 6, from: 'tokyo', ip: '192.0.2.7', network: 'gateway' },
        { minute: 7, from: 'tokyo', ip: '192.0.2.8', network: 'satellite' },
        { minute: 8, from: 'tokyo', ip: '192.0.2.9', network: 'mobile' },
        { minute: 9, from: 'warsaw', ip: '192.0.2.1' },
      ],
      finds: [],
    },
    {
      name: 'nor is where an impersonator uses the session that they opened',
      history: [
        { minute: 0, from: 'warsaw', ip: '192.0.2.1' },
        {
          minute: 1,
          from: 'tokyo',
          ip: '192.0.2.3',
          type: 'session.created',
          ipOf: 'actor',
          session: 'i',
        },
        { minute: 2, from: 'tokyo', ip: '192.0.2.3', session: 'i' },
        { minute: 3, from: 'warsaw', ip: '192.0.2.1' },
      ],
      finds: [],
    },
    {
      name: 'the middle of the journey is heard of last',
      history: [
        { minute: 0, from: 'warsaw', ip: '192.0.2.1' },
        { minute: 60, from: 'tokyo', ip: '192.0.2.3' },
        { minute: 59, from: 'warsaw', ip: '192.0.2.1' },
      ],
      finds: ['JP PL 1'],
    },
  ],
}

function sight(journey: Journey, standing: boolean): Sight {
  const { first, count, lastAt, places } = journey
  const { from, to, fromCountry, toCountry, seconds, fromEventId, toEventId } = first
  const km = kilometres(first.km)
  return {
    on: 'subject',
    about: [...places, toEventId],
    standing,
    at: first.at,
    eventIds: eventIdsOf(journey),
    why: standing ? whyOf(journey) : 'An event between the two takes their place.',
    facts: {
      ...{ from, to, fromCountry, toCountry, km, seconds, count, fromEventId, toEventId },
      first: new Date(first.at).toISOString(),
      last: new Date(lastAt).toISOString(),
    },
    session: { kind: first.sessionKind, id: first.sessionId },
  }
}

const thousands = new Intl.NumberFormat('en')

function whyOf({ first, count, lastAt }: Journey): string {
  const { from, to, seconds } = first
  const far = `at least ${thousands.format(kilometres(first.km))} km apart`
  const again = count === 1 ? '' : ` Seen ${count} times in ${span(lastAt - first.at)}.`
  return `${from} and ${to}, ${far}, within ${span(seconds * 1000)}.${again}`
}

/** Those of its first leg and of its youngest. */
function eventIdsOf({ first, recent }: Journey): readonly string[] {
  const ids = [first, recent.at(-1) ?? first].flatMap(({ fromEventId, toEventId }) => [
    fromEventId,
    toEventId,
  ])
  return [...new Set(ids)].sort()
}
