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

/** Ties of one session that are remembered as written; past them a tie may be written again. */
const tiesMax = 16

export function makeNotes(): OpenNotes {
  const edges: EdgeNote[] = []
  const firstSights: FirstSightNote[] = []
  const names: SessionEvent[] = []
  const tieOne = (
    slot: SessionSlot,
    event: SessionEvent,
    edge: EdgeNote['edge'],
    value: string,
  ) => {
    if (value === '') return
    const tie = `${edge}=${value}`
    if (slot.ties.includes(tie)) return
    slot.ties.push(tie)
    if (slot.ties.length > tiesMax) slot.ties.shift()
    edges.push({ event, edge, value })
  }
  return {
    edges,
    firstSights,
    names,
    tie(slot, event) {
      tieOne(slot, event, 'organization', event.organizationId)
      tieOne(slot, event, 'connection', event.connectionId)
      tieOne(slot, event, 'device', event.deviceId)
      tieOne(slot, event, 'grant', event.grantId)
    },
    firsts(slot, news) {
      for (const first of news) {
        const { tenant, instance, ref: subjectRef } = slot
        firstSights.push({ tenant, instance, subjectRef, ...first })
      }
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
