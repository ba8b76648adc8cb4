/** What WorkOS puts around an event's data, for examples. */
export const envelope = (event: string, data: object, more: object = {}) => ({
  object: 'event',
  id: `event_01JBX_${event}`,
  event,
  created_at: '2026-11-03T09:12:44.120Z',
  data,
  ...more,
})
