import { setTimeout as delay } from 'node:timers/promises'
import type { openJournaledIdp } from '../parts/journaled-idp.ts'
import type { Sender, SentEvent } from './sender.ts'

type Idp = Awaited<ReturnType<typeof openJournaledIdp>>

/** What a tenant's producers know of one session: only they say which one has to die. */
export interface Sign {
  readonly sessionId: string
  /** When its subject's credential was reset, ms since the epoch; undefined while it may live. */
  condemnedAt: number | undefined
  /** A reset was sent, and whether it was taken is not known: the soak was over before the answer. */
  mayBeCondemned?: boolean
}

/** Events of one instance, as its own producers write them. */
export function makeTeller(prefix: string, now: () => number) {
  let count = 0
  return (type: string, sessionId: string, subjectId: string, more: object = {}): SentEvent => {
    count += 1
    const about = sessionId === '' ? {} : { session: { id: sessionId } }
    const occurred_at = new Date(now()).toISOString()
    const id = `${prefix}-${count}`
    return { version: 1, id, type, occurred_at, subject: { id: subjectId }, ...about, ...more }
  }
}

const used = { outcome: { result: 'accepted', observer: 'idp' } }

/**
 * People who sign in, work on, and of whom every other one has a credential reset some seconds later. They
 * leave the sessions that must live alone, so that whoever ends one of those is found out.
 */
export async function livePeople({
  name,
  idp,
  sender,
  now,
  everyMs,
  over,
}: {
  readonly name: string
  readonly idp: Idp
  readonly sender: Sender
  readonly now: () => number
  readonly everyMs: number
  readonly over: AbortSignal
}): Promise<readonly Sign[]> {
  const tell = makeTeller(name, now)
  const signs: Sign[] = []
  const lives: Promise<void>[] = []
  const live = async (number: number): Promise<void> => {
    const [sessionId, subjectId] = [`${name}-s${number}`, `${name}-user-${number}`]
    idp.open(sessionId, subjectId)
    const sign: Sign = { sessionId, condemnedAt: undefined }
    signs.push(sign)
    await sender.send([tell('session.created', sessionId, subjectId)])
    await delay(7_000, undefined, { signal: over }).catch(() => undefined)
    if (over.aborted) return
    await sender.send([tell('session.used', sessionId, subjectId, used)])
    if (number % 2 === 1) return
    const reset = tell('credential.reset', '', subjectId)
    const at = now()
    sign.mayBeCondemned = true
    if (await sender.send([reset])) sign.condemnedAt = at
  }
  for (let number = 0; !over.aborted; number += 1) {
    lives.push(live(number))
    await delay(everyMs, undefined, { signal: over }).catch(() => undefined)
  }
  await Promise.all(lives)
  return signs
}
