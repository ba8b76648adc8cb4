import type { SessionSlot, SubjectSlot } from './slots.ts'

/**
 * Marks all that is known of a subject and a session as a part: something of them could not be learnt. What
 * needs the missing part then stays silent, as it does where memory's bounds hide it.
 */
export function doubt(subject: SubjectSlot | null, session: SessionSlot | null): void {
  if (subject) {
    subject.countries = { ...subject.countries, overflow: true }
    subject.devices = { ...subject.devices, overflow: true }
    subject.networks = { ...subject.networks, overflow: true }
    subject.sightingsOverflow = true
    subject.sessionsOverflow = true
  }
  if (session) {
    session.lifecycleOverflow = true
    session.usesOverflow = true
  }
}
