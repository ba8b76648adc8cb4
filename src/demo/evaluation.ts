import type { Ask } from '../contract/ports.ts'
import type { SessionTruth, TruthEntry } from '../simulate/truth.ts'

/** A standing finding, as far as it can be compared with the truth. */
export interface FoundFinding {
  readonly detector: string
  readonly session: string
}

/** A curfew as of now. Names of sessions are those of `nameOf`. */
export interface FoundCurfew {
  readonly class: string
  readonly session: string
  readonly certain: boolean
  readonly verdict: string
  /** Proven dead, and how long after the cause, ms. */
  readonly dead: boolean
  readonly diedAfterMs: number | null
  /** What proves it: E2, E3 or E4; '' while nothing does. */
  readonly deadBy: string
  /** Our own order was acknowledged, and when, ms since the epoch. */
  readonly endedByUs: boolean
  readonly acknowledgedAt: number | null
  /** Whose session it is, and when what condemns it happened, ms since the epoch. */
  readonly subjectRef: string
  readonly causeAt: number
}

/** Findings and curfews of a store, to compare with the truth. */
export interface Found {
  readonly findings: readonly FoundFinding[]
  readonly curfews: readonly FoundCurfew[]
}

/** How well something was found. Shares are null where there is nothing to divide by. */
export interface Score {
  /** What the truth names, and how much of it was found. */
  readonly planted: number
  readonly found: number
  readonly recall: number | null
  /** What was found, and how much of it the truth bears out. */
  readonly said: number
  readonly right: number
  readonly precision: number | null
}

export interface Evaluation {
  readonly detectors: { readonly [id: string]: Score }
  /** By class of cause: sessions that were alive in its scope and not exempt. */
  readonly curfews: { readonly [cause: string]: Score }
  readonly survivors: {
    readonly planted: number
    readonly found: number
    /** Proven dead. */
    readonly dead: number
    /** Ended by us without any reason in the truth. */
    readonly endedWrongly: number
  }
  /** What was planted and not found, and what was found and is not true; the first of each. */
  readonly missed: readonly string[]
  readonly wrong: readonly string[]
}

const listedMax = 100

/** A session by one name: ids of different kinds may be the same. */
export function nameOf({ kind, id }: Pick<SessionTruth, 'kind' | 'id'>): string {
  return `${kind}/${id}`
}

/**
 * Holds what a store says against what was truly planted. Pure. Something planted counts as found
 * by the detector that the ledger expects, on its session; a finding is right when anything is
 * planted on its session, since a stolen session may rightly be seen in more than one way.
 */
export function evaluate(truth: readonly TruthEntry[], { findings, curfews }: Found): Evaluation {
  const planted = plantedIn(truth)
  const evil = new Set(planted.map(({ session }) => session))
  const expected = planted.filter(({ by }) => by !== undefined)
  const detectors = scores(
    expected.map(({ by, session }) => ({ of: by ?? '', session })),
    findings.map(({ detector, session }) => ({ of: detector, session })),
    ({ session }) => evil.has(session),
  )
  const due = condemnedIn(truth)
  const duePairs = new Set(due.map(keyOf))
  const causes = scores(
    due,
    curfews.filter(({ certain }) => certain).map((curfew) => ({ ...curfew, of: curfew.class })),
    (each) => duePairs.has(keyOf(each)),
  )
  const { missed, wrong, ...survivors } = survivorsOf(planted, truth, curfews)
  return {
    detectors: detectors.scores,
    curfews: causes.scores,
    survivors,
    missed: [...missed, ...detectors.missed, ...causes.missed].slice(0, listedMax),
    wrong: [...wrong, ...detectors.wrong, ...causes.wrong].slice(0, listedMax),
  }
}

interface Named {
  /** Detector or class of cause. */
  readonly of: string
  readonly session: string
}

const keyOf = ({ of, session }: Named): string => `${of} ${session}`

function scores(
  truth: readonly Named[],
  said: readonly Named[],
  isRight: (said: Named) => boolean,
) {
  const saidKeys = new Set(said.map(keyOf))
  const ids = new Set([...truth, ...said].map(({ of }) => of))
  const share = (part: number, whole: number) => (whole === 0 ? null : part / whole)
  const scoreOf = (id: string): Score => {
    const planted = truth.filter(({ of }) => of === id)
    const found = planted.filter((each) => saidKeys.has(keyOf(each))).length
    const mine = said.filter(({ of }) => of === id)
    const right = mine.filter(isRight).length
    return {
      planted: planted.length,
      found,
      recall: share(found, planted.length),
      said: mine.length,
      right,
      // Of what is never planted, the truth does not know what is right.
      precision: planted.length === 0 ? null : share(right, mine.length),
    }
  }
  const expected = new Set(truth.map(({ of }) => of))
  return {
    scores: Object.fromEntries([...ids].sort().map((id) => [id, scoreOf(id)])),
    missed: truth.filter((each) => !saidKeys.has(keyOf(each))).map(keyOf),
    wrong: said.filter((each) => expected.has(each.of) && !isRight(each)).map(keyOf),
  }
}

function plantedIn(truth: readonly TruthEntry[]) {
  return truth.flatMap((entry) =>
    'expect' in entry
      ? [{ kind: entry.kind, session: nameOf(entry.session), by: entry.expect.detector }]
      : [],
  )
}

/**
 * Sessions that were alive at a cause whose scope they are in, those exempt left out. Several causes
 * of a class condemn a session once.
 */
function condemnedIn(truth: readonly TruthEntry[]): readonly Named[] {
  const condemned = truth.flatMap((entry) =>
    entry.kind === 'cause'
      ? entry.sessions
          .filter(({ exempt }) => !exempt)
          .map((session) => ({ of: entry.class, session: nameOf(session) }))
      : [],
  )
  return [...new Map(condemned.map((each) => [keyOf(each), each])).values()]
}

function survivorsOf(
  planted: ReturnType<typeof plantedIn>,
  truth: readonly TruthEntry[],
  curfews: readonly FoundCurfew[],
) {
  const survivors = planted.filter(({ kind }) => kind === 'survivor').map(({ session }) => session)
  const condemned = new Set(curfews.map(({ session }) => session))
  const dead = new Set(curfews.filter((each) => each.dead).map(({ session }) => session))
  // What a person orders is that person's to answer for.
  const ordered = curfews.filter((each) => each.class === 'operator_order')
  const rightly = new Set(
    [...planted, ...condemnedIn(truth), ...ordered].map(({ session }) => session),
  )
  const ended = new Set(curfews.filter((each) => each.endedByUs).map(({ session }) => session))
  const wrong = [...ended].filter((session) => !rightly.has(session))
  return {
    planted: survivors.length,
    found: survivors.filter((session) => condemned.has(session)).length,
    dead: survivors.filter((session) => dead.has(session)).length,
    endedWrongly: wrong.length,
    missed: survivors
      .filter((session) => !condemned.has(session))
      .map((session) => `survivor ${session}`),
    wrong: wrong.map((session) => `ended ${session}`),
  }
}

/** Reads what a store says of one tenant as of `now`, ms since the epoch; shadowed findings are kept back. */
export async function readFound(ask: Ask, tenant: string, now: number): Promise<Found> {
  const findings = await ask(
    `select toString(last.2) as detector, toString(last.3) as kind, last.4 as id
     from
     (
       select argMax((standing, detector, session_kind, session_id, mode), (version, row_commit)) as last
       from findings
       where tenant = {tenant:String}
       group by finding_id
     )
     where last.1 and toString(last.5) != 'shadow'`,
    { tenant },
  )
  const curfews = await ask(
    `select
       session_kind as kind, session_id as id, toString(class) as class, verdict,
       certainty = 'certain' as certain, isNotNull(dead_at) as dead,
       dead_by, subject_ref, toUnixTimestamp64Milli(cause_at) as caused, isNotNull(acknowledged_at) as ended_by_us,
       if(isNull(acknowledged_at), null,
         toUnixTimestamp64Milli(assumeNotNull(acknowledged_at))) as acknowledged,
       if(isNull(dead_at), null,
         toUnixTimestamp64Milli(assumeNotNull(dead_at)) - toUnixTimestamp64Milli(cause_at)) as died_after
     from verdicts(as_of = {now:DateTime64(3)})
     where tenant = {tenant:String}`,
    { tenant, now },
  )
  const sessionOf = (kind: unknown, id: unknown) => `${String(kind)}/${String(id)}`
  return {
    findings: findings.map(({ detector, kind, id }) => ({
      detector: String(detector),
      session: sessionOf(kind, id),
    })),
    curfews: curfews.map((row) => ({
      class: String(row.class),
      session: sessionOf(row.kind, row.id),
      certain: Boolean(row.certain),
      verdict: String(row.verdict),
      dead: Boolean(row.dead),
      diedAfterMs: typeof row.died_after === 'number' ? row.died_after : null,
      deadBy: String(row.dead_by),
      endedByUs: Boolean(row.ended_by_us),
      acknowledgedAt: typeof row.acknowledged === 'number' ? row.acknowledged : null,
      subjectRef: String(row.subject_ref),
      causeAt: Number(row.caused),
    })),
  }
}
