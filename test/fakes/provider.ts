import { CurfewError } from '../../src/contract/errors.ts'
import type { SessionKind } from '../../src/contract/event-words.ts'
import type { ListedSession } from '../../src/contract/evidence.ts'
import type {
  ListAnswer,
  OpenProvider,
  Proofs,
  RepeatCall,
  Target,
} from '../../src/enforce/provider-kit/provider.ts'

/** Ways in which a provider can be wrong, slow or unhelpful; each is off unless set. */
export interface Lies {
  /** Acknowledges revocations without ending anything. */
  keepsAlive: boolean
  /** Lists and reads show what was true so many ms ago. */
  staleMs: number
  /** Lists say that pages shifted while they were read. */
  shifts: boolean
  /** Lists leave out this session; as many of them as `misses` says, and still call themselves complete. */
  hides: string
  misses: number
  /** Says it knows no such session when asked to end one, whether or not it does. */
  knowsNothing: boolean
  /** So many revocations are answered with 429, asking for this long a pause. */
  busy: number
  busyMs: number | undefined
  /** So many revocations break off after they were carried out, or before. */
  breaksAfter: number
  breaksBefore: number
  /** How long a pause is asked for with them, as a 503 does. */
  breaksMs: number | undefined
  /** So many revocations are never answered. */
  hangs: number
  /**
   * So many ends are undone at once, as by somebody who lists meanwhile: no list shows the session
   * any more, it lives, and the next call finds it.
   */
  putsBack: number
  /**
   * What is ended lives on in another node: nothing shows it, no further call finds it, and it is used
   * as before.
   */
  splits: boolean
  /** Nothing answers, as while it restarts. */
  down: boolean
  /** Everything is refused, as with a credential that lacks a right. */
  refuses: boolean
}

const honest: Lies = {
  keepsAlive: false,
  staleMs: 0,
  shifts: false,
  hides: '',
  misses: Number.POSITIVE_INFINITY,
  knowsNothing: false,
  busy: 0,
  busyMs: undefined,
  breaksAfter: 0,
  breaksBefore: 0,
  breaksMs: undefined,
  hangs: 0,
  putsBack: 0,
  splits: false,
  down: false,
  refuses: false,
}

/** Whatever is not said otherwise proves by itself. */
const honestProofs: Proofs = {
  absence: 'proves',
  read: 'proves',
  ownEnd: 'proves',
  otherEnd: 'proves',
  refusal: 'proves',
  control: 'it shows what it holds',
}

interface Held {
  readonly session: ListedSession
  readonly from: number
  until: number
  /** Alive, and shown by nothing. */
  hidden: boolean
}

interface Options {
  readonly now: () => number
  /** Each call takes time: an answer in the same instant as the question proves little. */
  readonly pass: (ms: number) => Promise<void>
  readonly canRead?: boolean
  readonly canList?: boolean
  readonly kinds?: readonly SessionKind[]
  readonly tells?: OpenProvider['capabilities']['tells']
  readonly callsPerSecondMax?: number
  readonly proofs?: Partial<Proofs>
  readonly repeat?: RepeatCall
  readonly alsoEnds?: OpenProvider['capabilities']['alsoEnds']
}

/** An identity provider in memory that really holds sessions, and can lie about them. */
export function makeFakeProvider(options: Options) {
  const { now, pass, canRead = true, canList = true } = options
  const held = new Map<string, Held>()
  const lies: Lies = { ...honest }
  const calls: {
    readonly call: 'list' | 'read' | 'revoke'
    readonly of: string
    readonly at: number
  }[] = []
  let hung = Promise.withResolvers<void>()

  const isAlive = (each: Held, at: number) => each.from <= at && at < each.until
  const broken = () =>
    new CurfewError('ENFORCE_UNREACHABLE', 'the connection was reset', {
      retry: true,
      ...(lies.breaksMs === undefined ? {} : { retryAfterMs: lies.breaksMs }),
    })
  const called = async (call: 'list' | 'read' | 'revoke', of: string): Promise<void> => {
    calls.push({ call, of, at: now() })
    await pass(5)
    if (lies.down) throw broken()
    if (lies.refuses) throw new CurfewError('ENFORCE_REFUSED', `${call} was answered with 403`)
  }
  const spend = (
    lie: 'busy' | 'breaksAfter' | 'breaksBefore' | 'hangs' | 'misses' | 'putsBack',
  ): boolean => {
    if (lies[lie] <= 0) return false
    lies[lie] -= 1
    return true
  }
  const find = (id: string, kind?: SessionKind): Held | undefined =>
    kind === undefined
      ? [...held.values()].find(({ session }) => session.id === id)
      : held.get(`${kind} ${id}`)
  const end = (id: string, kind?: SessionKind): boolean => {
    const each = find(id, kind)
    if (!each || !isAlive(each, now())) return false
    if (lies.keepsAlive) return true
    if (lies.splits && each.hidden) return false
    if (lies.splits || spend('putsBack')) each.hidden = true
    else each.until = now()
    return true
  }
  /** What ends with it, by the capability. */
  const endOthers = ({ kind, id, subjectId }: Target): void => {
    const reach = options.alsoEnds?.[kind]
    if (reach === 'online_of_same_id') end(id, 'online')
    if (reach !== 'subject') return
    for (const { session } of held.values()) {
      if (session.subjectId === subjectId) end(session.id, session.kind)
    }
  }

  const list = async (subjectId: string): Promise<ListAnswer> => {
    await called('list', subjectId)
    const at = now() - lies.staleMs
    const sessions = [...held.values()]
      .filter((each) => isAlive(each, at) && each.session.subjectId === subjectId)
      .filter(({ hidden }) => !hidden)
      .map(({ session }) => session)
      .filter(({ id }) => id !== lies.hides || !spend('misses'))
    await pass(5)
    return { sessions, complete: !lies.shifts }
  }

  const provider: OpenProvider = {
    capabilities: {
      kinds: options.kinds ?? ['online', 'offline', 'agent'],
      tells: options.tells ?? ['organization', 'connection', 'device', 'grant', 'principal'],
      read: canRead,
      proofs: { ...honestProofs, ...options.proofs },
      repeat: options.repeat ?? { call: 'once' },
      alsoEnds: options.alsoEnds ?? {},
      timeRoundingMs: 0,
      callsPerSecondMax: options.callsPerSecondMax ?? 1_000,
      ownClientId: 'curfew',
    },
    ...(canList && { list }),
    read: async ({ id, kind }: Target) => {
      await called('read', id)
      const session = find(id, kind)
      const alive = session && !session.hidden && isAlive(session, now() - lies.staleMs)
      await pass(5)
      return alive ? { state: 'alive', session: session.session } : { state: 'gone' }
    },
    revoke: async (target: Target) => {
      const { id, kind } = target
      await called('revoke', id)
      if (spend('busy')) {
        const asked = lies.busyMs === undefined ? {} : { retryAfterMs: lies.busyMs }
        throw new CurfewError('ENFORCE_BUSY', 'too many calls', { retry: true, ...asked })
      }
      if (spend('breaksBefore')) throw broken()
      if (spend('hangs')) {
        hung.resolve()
        hung = Promise.withResolvers<void>()
        return await new Promise(() => {})
      }
      const known = end(id, kind) && !lies.knowsNothing
      if (known) endOthers(target)
      if (spend('breaksAfter')) throw broken()
      await pass(5)
      return known
        ? { result: 'acknowledged', status: 204, requestId: `req-${calls.length}` }
        : { result: 'already_gone', status: 404, requestId: '' }
    },
    check: async () => ({ ok: true, detail: '' }),
  }
  return {
    provider,
    lies,
    calls,
    /** Resolves when the next call is left without an answer. */
    nextHang: (): Promise<void> => hung.promise,
    /** Opens a session there; nobody tells Curfew of it. */
    open(id: string, subjectId: string, more: Partial<ListedSession> = {}): void {
      const session: ListedSession = {
        kind: 'online',
        id,
        subjectId,
        createdAt: now(),
        lastUsedAt: null,
        expiresAt: null,
        ip: '192.0.2.7',
        userAgent: '',
        organizationId: '',
        connectionId: '',
        deviceId: '',
        grantId: '',
        onBehalfOfId: '',
        ...more,
      }
      const from = session.createdAt ?? now()
      const until = Number.POSITIVE_INFINITY
      held.set(`${session.kind} ${id}`, { session, from, until, hidden: false })
    },
    /** Ends one without being asked to, as a logout does. */
    end: (id: string, kind?: SessionKind): boolean => end(id, kind),
    isAlive: (id: string): boolean => {
      const session = find(id)
      return session !== undefined && isAlive(session, now())
    },
    isAliveAs: (kind: SessionKind, id: string): boolean => {
      const session = find(id, kind)
      return session !== undefined && isAlive(session, now())
    },
    revokes: (id: string): number =>
      calls.filter(({ call, of }) => call === 'revoke' && of === id).length,
  }
}
export type FakeProvider = ReturnType<typeof makeFakeProvider>
