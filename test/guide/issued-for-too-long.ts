import type { Detector } from '../../src/detect/detector.ts'
import { nothing } from '../../src/detect/detector.ts'

const created = (days: number) =>
  ({ minute: 0, type: 'session.created', expiresMinute: days * 1_440 }) as const

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
    const days = Math.round(((expiresAt ?? at) - at) / 86_400_000)
    if (days <= 30) return nothing
    const [why, facts] = [`Issued for ${days} days.`, { days }] as const
    return [{ on: 'session', about: ['lifetime'], at, why, facts, eventIds: [id], standing: true }]
  },
  examples: [
    { name: 'a week', history: [created(7)], finds: [] },
    { name: 'a quarter of a year', history: [created(90)], finds: ['lifetime'] },
  ],
}
