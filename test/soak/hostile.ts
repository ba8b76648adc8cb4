import { setTimeout as delay } from 'node:timers/promises'
import type { openJournaledIdp } from '../parts/journaled-idp.ts'
import type { Sign } from './people.ts'
import { makeTeller } from './people.ts'
import type { Sender } from './sender.ts'

type Idp = Awaited<ReturnType<typeof openJournaledIdp>>

interface Attacked {
  readonly idp: Idp
  readonly sender: Sender
  readonly now: () => number
  readonly over: AbortSignal
}

const used = { outcome: { result: 'accepted', observer: 'application' } }
const list = <Item>(count: number, make: (each: number) => Item): Item[] =>
  Array.from({ length: count }, (_, each) => make(each))
const pause = (ms: number, signal: AbortSignal) =>
  delay(ms, undefined, { signal }).catch(() => undefined)

/** Four sessions of one subject with 900 refused uses each, and then 900 resets of that subject. */
export async function resetWithoutEnd({
  idp,
  sender,
  now,
  over,
}: Attacked): Promise<readonly Sign[]> {
  const tell = makeTeller('resets', now)
  const signs: Sign[] = []
  const refused = {
    outcome: { result: 'refused', refusal_reason: 'session_ended', observer: 'application' },
  }
  for (let round = 0; !over.aborted; round += 1) {
    const subject = `resets-user-${round}`
    const ids = list(4, (each) => `resets-s${round}-${each}`)
    for (const id of ids) idp.open(id, subject)
    const mine = ids.map(
      (sessionId): Sign => ({ sessionId, condemnedAt: undefined, mayBeCondemned: true }),
    )
    for (const sign of mine) signs.push(sign)
    await sender.send(ids.map((id) => tell('session.created', id, subject)))
    for (const id of ids)
      await sender.send(list(900, () => tell('session.used', id, subject, refused)))
    for (let each = 0; each < 900 && !over.aborted; each += 100) {
      const at = now()
      const sent = await sender.send(list(100, () => tell('credential.reset', '', subject)))
      if (sent && each === 0) for (const sign of mine) sign.condemnedAt = at
      await pause(500, over)
    }
    await pause(20_000, over)
  }
  return signs
}

/** A thousand sessions on one connection, and 150 ends of that connection, which its policy observes. */
export async function endConnections({
  idp,
  sender,
  now,
  over,
}: Attacked): Promise<readonly Sign[]> {
  const tell = makeTeller('connections', now)
  for (let round = 0; !over.aborted; round += 1) {
    const connection = { connection_id: `saml-${round}` }
    for (let page = 0; page < 10 && !over.aborted; page += 1) {
      const some = list(100, (each) => `connections-s${round}-${page}-${each}`)
      for (const id of some) idp.open(id, `user-of-${id}`)
      await sender.send(some.map((id) => tell('session.created', id, `user-of-${id}`, connection)))
    }
    for (let each = 0; each < 15 && !over.aborted; each += 1) {
      await sender.send(
        list(10, () =>
          tell('connection.deactivated', '', '', { subject: undefined, ...connection }),
        ),
      )
      await pause(500, over)
    }
    await pause(20_000, over)
  }
  return []
}

/** Bytes that are no events: deep, long, torn, and with ids as long as they may be. */
export async function sendRubbish({ sender, now, over }: Attacked): Promise<readonly Sign[]> {
  const tell = makeTeller('rubbish', now)
  const bodies = [
    `${'['.repeat(160_000)}${']'.repeat(160_000)}`,
    JSON.stringify([{ id: 'x'.repeat(4 * 1024 * 1024) }]),
    '[{"id":1},{"type":"session.created"},null,7,"x"]',
    JSON.stringify(
      list(500, (each) => ({ ...tell('session.created', `s${each}`, 'x'), version: each })),
    ),
    '\u0000\u0001\u0002',
  ]
  for (let round = 0; !over.aborted; round += 1) {
    await sender.sendRaw(bodies[round % bodies.length] ?? '')
    const long = (each: number) => `${round}-${each}`.padEnd(255, "'")
    await sender.send(list(50, (each) => tell('session.used', long(each), `rubbish-${each}`, used)))
    await pause(1_000, over)
  }
  return []
}
