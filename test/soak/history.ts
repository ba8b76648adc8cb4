import { once } from 'node:events'
import { createWriteStream } from 'node:fs'

const dayMs = 24 * 60 * 60_000
const hourMs = 60 * 60_000

/**
 * Writes a year or less of people's working lives into a file, oldest first: a sign-in and a use a day. How
 * many lines.
 */
export async function writeHistory(
  file: string,
  {
    people,
    days,
    until,
  }: { readonly people: number; readonly days: number; readonly until: number },
): Promise<number> {
  const out = createWriteStream(file)
  let lines = 0
  const write = async (at: number, type: string, day: number, person: number, more: object) => {
    lines += 1
    const id = `past-${lines}`
    const session = { id: `past-${day}-${person}` }
    const about = { session, subject: { id: `past-user-${person}` }, ip: '203.0.113.9' }
    const event = {
      version: 1,
      id,
      type,
      occurred_at: new Date(at).toISOString(),
      ...about,
      ...more,
    }
    if (!out.write(`${JSON.stringify(event)}\n`)) await once(out, 'drain')
  }
  const used = { outcome: { result: 'accepted', observer: 'idp' } }
  for (let day = 0; day < days; day += 1) {
    const morning = until - (days - day) * dayMs
    for (let person = 0; person < people; person += 1) {
      await write(morning + person, 'session.created', day, person, {})
    }
    for (let person = 0; person < people; person += 1) {
      await write(morning + 3 * hourMs + person, 'session.used', day, person, used)
    }
  }
  out.end()
  await once(out, 'finish')
  return lines
}
