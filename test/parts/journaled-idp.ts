import type { ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** How a provider behaves to whoever wants a session ended. */
export type Mood =
  | 'honest'
  /** Takes the request and never answers. */
  | 'hangs'
  /** Begins its answer, and then sends a byte a second. */
  | 'drips'
  /** Answers after a while. */
  | 'slow'
  /** Says that it ended the session, and keeps it. */
  | 'lies'

/** What it was asked, in its own words; instants in ms since the epoch. */
export interface Asked {
  readonly at: number
  readonly what: 'list' | 'read' | 'revoke'
  /** The id of a session, or of a subject for a list. */
  readonly id: string
  /** Whether this ended a session that was alive. */
  readonly ended: boolean
}

export interface HeldSession {
  readonly id: string
  readonly subjectId: string
  readonly createdAt: number
  endedAt: number | undefined
}

const slowMs = 1_500

/**
 * An identity provider of the loopback contract that listens on this machine, holds sessions, and writes
 * down by itself all that it is asked. It never tells events.
 */
export async function openJournaledIdp({
  mood,
  now,
}: {
  readonly mood: Mood
  readonly now: () => number
}) {
  const sessions = new Map<string, HeldSession>()
  const bySubject = new Map<string, HeldSession[]>()
  const journal: Asked[] = []
  const note = (what: Asked['what'], id: string, ended = false): void => {
    journal.push({ at: now(), what, id, ended })
  }
  const shown = ({ id, subjectId, createdAt }: HeldSession) => ({
    ...{ id, kind: 'online', subject: { id: subjectId } },
    created_at: new Date(createdAt).toISOString(),
  })
  const revoke = (id: string, answer: ServerResponse): void => {
    const session = sessions.get(id)
    const alive = session !== undefined && session.endedAt === undefined
    const ends = alive && mood !== 'lies'
    note('revoke', id, ends)
    if (session && ends) session.endedAt = now()
    if (mood === 'hangs') return
    const body = alive ? '{}' : '{"error":"session_not_found"}'
    answer.writeHead(alive ? 200 : 404, { 'content-type': 'application/json' })
    if (mood === 'drips') drip(answer)
    else if (mood === 'slow') setTimeout(() => answer.end(body), slowMs)
    else answer.end(body)
  }
  const server = createServer((request, answer) => {
    const [path = '', query = ''] = (request.url ?? '').split('?')
    const [, kind, id = '', tail] = path.split('/').map(decodeURIComponent)
    if (kind === 'sessions' && tail === 'revoke') {
      revoke(id, answer)
      return
    }
    answer.setHeader('content-type', 'application/json')
    if (kind === 'sessions') {
      note('read', id)
      const session = sessions.get(id)
      const gone = session === undefined || session.endedAt !== undefined
      answer.statusCode = gone ? 404 : 200
      answer.end(gone ? '{"error":"session_not_found"}' : JSON.stringify(shown(session)))
      return
    }
    note('list', id)
    const alive = (bySubject.get(id) ?? []).filter(({ endedAt }) => endedAt === undefined)
    const parameters = new URLSearchParams(query)
    const from = Number(parameters.get('after') ?? 0)
    const until = from + Number(parameters.get('limit') ?? 100)
    const next = until < alive.length ? String(until) : null
    answer.end(JSON.stringify({ sessions: alive.slice(from, until).map(shown), next }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // A server that listens on TCP has such an address.
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    journal,
    sessions,
    open(id: string, subjectId: string): void {
      const session = { id, subjectId, createdAt: now(), endedAt: undefined }
      sessions.set(id, session)
      const mine = bySubject.get(subjectId)
      if (mine) mine.push(session)
      else bySubject.set(subjectId, [session])
    },
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

function drip(answer: ServerResponse): void {
  const timer = setInterval(() => answer.write(' '), 1_000)
  answer.once('close', () => clearInterval(timer))
}
