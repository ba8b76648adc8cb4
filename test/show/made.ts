import fc from 'fast-check'
import type { Told } from './world.ts'
import { hour, minute, second, start, told } from './world.ts'

/** The seeded world: one session for each way in which a curfew can end, or not. */
export const asOf = start + 2 * hour
const cause = start + 10 * minute
const deadline = cause + 5 * minute

export const made: readonly Told[] = [
  // Ordered, acknowledged, read back as gone within the five minutes; refused an hour later.
  told({
    id: 'contained',
    orderedAt: cause + 2 * second,
    acknowledgedAt: cause + 3 * second,
    readBackAt: cause + 10 * second,
    refusedAt: start + hour,
    tokenExpiresAt: cause + 6 * minute,
    organizations: ['org-1', 'org-2'],
    uses: [
      { at: cause + 30 * second, observer: 'application' },
      { at: cause + 90 * second, observer: 'application' },
    ],
  }),
  // The same, but read back only after the deadline; its token had run out before.
  told({
    id: 'contained-late',
    orderedAt: cause + 4 * minute,
    acknowledgedAt: cause + 4 * minute + 1500,
    readBackAt: deadline + minute,
    tokenExpiresAt: cause + minute,
    organizations: ['org-1'],
  }),
  // The clock of the provider is behind ours: it saw the end before we sent the order.
  told({
    id: 'clock-behind',
    class: 'subject_offboarded',
    orderedAt: cause + 20 * second,
    acknowledgedAt: cause + 21 * second,
    endedAt: cause + 5 * second,
  }),
  told({ id: 'logged-out', class: 'subject_offboarded', endedAt: cause + minute }),
  told({ id: 'logged-out-late', class: 'subject_offboarded', endedAt: deadline + minute }),
  told({ id: 'expired', expiresAt: start + hour }),
  // Acknowledged and yet used at the provider long after: a 2xx is not containment.
  told({
    id: 'lied-about',
    orderedAt: cause + 2 * second,
    acknowledgedAt: cause + 3 * second,
    uses: [{ at: start + hour, observer: 'idp' }],
    tokenExpiresAt: start + 3 * hour,
  }),
  told({ id: 'silent', subjectKind: 'agent' }),
  told({ id: 'never-listed', listed: false }),
  told({ id: 'no-list-there', instance: 'two', listed: false }),
  told({ id: 'just-created', createdAt: cause + 3 * second }),
  told({
    id: 'nobody-told-when',
    createdAt: null,
    uses: [{ at: cause + minute, observer: 'application' }],
  }),
  told({ id: 'created-after', createdAt: cause + minute }),
  told({ id: 'ended-before', endedAt: cause - minute }),
  told({ id: 'still-open', causeAt: asOf - minute, class: 'device_lost' }),
]

const maybe = (...offsets: readonly number[]) =>
  fc.constantFrom(null, ...offsets.map((offset) => cause + offset))
const instants = [-minute, 2 * second, minute, 5 * minute, 5 * minute + 1, hour]

/** Any session: each fact there or not, before or after the others. */
export const anyTold = (id: string): fc.Arbitrary<Told> =>
  fc
    .record({
      class: fc.constantFrom('credential_reset' as const, 'grant_revoked' as const),
      instance: fc.constantFrom('one', 'two'),
      createdAt: maybe(-hour, -6 * second, -5 * second, 0, 5 * second, 6 * second),
      deadlineAt: fc.constantFrom(cause + 5 * minute, asOf, asOf + minute),
      orderedAt: maybe(2 * second, minute),
      acknowledgedAt: maybe(...instants),
      readBackAt: maybe(...instants),
      endedAt: maybe(...instants),
      refusedAt: maybe(...instants),
      uses: fc.uniqueArray(
        fc.record({
          at: fc.constantFrom(...instants.map((offset) => cause + offset + 7)),
          observer: fc.constantFrom('idp' as const, 'application' as const),
        }),
        { maxLength: 3, selector: (use) => use.at },
      ),
      expiresAt: maybe(minute, 3 * hour),
      tokenExpiresAt: maybe(second, hour),
      listed: fc.boolean(),
    })
    .map((facts) => told({ id, ...facts }))
