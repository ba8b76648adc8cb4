import type { Detector } from '../../src/detect/detector.ts'
import { nothing } from '../../src/detect/detector.ts'

const [dayMs, daysMax] = [86_400_000, 30]

export const detector: Detector = {
  id: 'issued-for-too-long',
  title: 'A session is issued for more than thirty days',
  kind: 'threshold',
  family: 'lifecycle',
  severity: 'low',
  mode: 'inform',
  attack: ['T1550.004'],
  runbook: "Shorten the provider's session lifetime; end the session if nobody needs it so long.",
  types: ['session.created'],
  inspect: ({ event: { id, occurredAt: at, expiresAt } }) => {
    const days = ((expiresAt ?? at) - at) / dayMs
    if (days <= daysMax) return nothing
    const why = `Issued for ${Math.round(days)} days.`
    const about = { on: 'session', about: ['lifetime'], standing: true } as const
    return [{ ...about, at, eventIds: [id], why, facts: { days } }]
  },
  examples: [
    { name: 'a week', history: [created(7)], finds: [] },
    { name: 'a quarter of a year', history: [created(90)], finds: ['lifetime'] },
  ],
}

function created(days: number) {
  return { minute: 0, type: 'session.created', expiresMinute: days * 1_440 } as const
}
