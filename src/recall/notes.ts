import type { SessionEvent } from '../contract/event.ts'
import type { EdgeNote, FirstSightNote, Notes } from '../contract/notes.ts'
import type { SessionSlot } from './session-slot.ts'
import type { NewFirst, SubjectSlot } from './slots.ts'

/** The notes of a batch while they are taken. */
export interface OpenNotes extends Notes {
  readonly tie: (slot: SessionSlot, event: SessionEvent) => void
  readonly firsts: (slot: SubjectSlot, news: readonly NewFirst[]) => void
  readonly name: (slot: SubjectSlot, event: SessionEvent) => void
}

export function makeNotes(): OpenNotes {
  const edges: EdgeNote[] = []
  const firstSights: FirstSightNote[] = []
  const names: SessionEvent[] = []
  return {
    edges,
    firstSights,
    names,
    // A session that goes back and forth between two values is tied again each time: a repeat.
    tie(slot, event) {
      const { organizationId, connectionId, deviceId, grantId } = event
      if (organizationId !== '' && organizationId !== slot.tiedOrganization) {
        slot.tiedOrganization = organizationId
        edges.push({ event, edge: 'organization', value: organizationId })
      }
      if (connectionId !== '' && connectionId !== slot.tiedConnection) {
        slot.tiedConnection = connectionId
        edges.push({ event, edge: 'connection', value: connectionId })
      }
      if (deviceId !== '' && deviceId !== slot.tiedDevice) {
        slot.tiedDevice = deviceId
        edges.push({ event, edge: 'device', value: deviceId })
      }
      if (grantId !== '' && grantId !== slot.tiedGrant) {
        slot.tiedGrant = grantId
        edges.push({ event, edge: 'grant', value: grantId })
      }
    },
    firsts(slot, news) {
      const { tenant, instance, ref: subjectRef } = slot
      for (const first of news) firstSights.push({ tenant, instance, subjectRef, ...first })
    },
    name(slot, event) {
      if (event.subjectId === '') return
      if (slot.named && (event.subjectEmail === '' || slot.email === event.subjectEmail)) return
      slot.named = true
      slot.email = event.subjectEmail
      names.push(event)
    },
  }
}
