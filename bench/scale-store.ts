import type { EngineSession } from '../src/store/clickhouse.ts'

/**
 * A store of one shape at any size, made by the engine: sessions of thirty events each over 90 days,
 * five of one person, most ids random as those of a provider are. What reports of the last 30 days
 * answer is the same in each: 100,000 curfews of 20,000 people, each with its order and its evidence.
 */
export const shape = { perSession: 30, curfews: 100_000, sessionsPerPerson: 5 }

/** The end of what is stored, ms since the epoch: 2026-11-01T00:00Z. */
export const storeEndsAt = Date.UTC(2026, 10, 1)
const end = `toDateTime64('2026-11-01 00:00:00', 3, 'UTC')`

/** Everything is named after the number of its session `s`, so that no table has to be read to fill another. */
const sessionId = `lower(hex(MD5(concat('session ', toString(s)))))`
const subjectRef = `lower(hex(MD5(concat('person ', toString(intDiv(s, ${shape.sessionsPerPerson}))))))`
/** Of one person at one instant within the last 29 days, five days before now at least. */
const causeAt = `${end} - toIntervalMillisecond(5 * 86400000 + sipHash64('cause', intDiv(s, ${shape.sessionsPerPerson})) % (24 * 86400000))`
/** The condemned began 20 to 40 days before their cause, the others at any time. */
const createdAt = `if(s < ${shape.curfews}, ${causeAt} - toIntervalMillisecond(20 * 86400000 + sipHash64(s) % (20 * 86400000)),
  ${end} - toIntervalMillisecond(3600000 + sipHash64(s) % (89 * 86400000)))`
const name = `tenant, instance, session_kind, session_id`
const named = `'acme' as tenant, 'sso' as instance, 'online' as session_kind, ${sessionId} as session_id`
/** One in ten is alive after its cause; the others are proven dead four seconds after it. */
const survives = `s % 10 = 3`
const bigEnough = 1_000_000

/** Fills an empty store that was migrated. Every statement is one of the engine's alone. */
export async function fillScaleStore(
  engine: EngineSession,
  events: number,
  say: (line: string) => void,
): Promise<void> {
  const sessions = Math.max(shape.curfews, Math.floor(events / shape.perSession))
  for (let from = 0; from < events; from += bigEnough) {
    await engine.command(eventsFrom(from, Math.min(bigEnough, events - from), sessions))
    if (from % (5 * bigEnough) === 0) say(`${from} of ${events} events are made`)
  }
  for (const statement of judgedStatements()) await engine.command(statement)
  say('merging')
  for (const table of ['sessions', 'session_facts', 'session_uses', 'events']) {
    await engine.command(`optimize table ${table}`)
  }
}

/** Event `k` of session `s`: its sign-in, then uses over 30 days; of two in five the last one is its end. */
function eventsFrom(from: number, count: number, sessions: number): string {
  return `
insert into events (tenant, instance, event_id, type, occurred_at, received_at, recorded_at, lane, source,
  session_kind, session_id, session_created_at, subject_ref, subject_kind, ip, ip_of, user_agent, outcome,
  observer, country, city, browser, os, auth_method)
select
  'acme', 'sso', concat('event ', toString(n)),
  multiIf(k = 0, 'session.created', k = ${shape.perSession - 1} and s % 5 < 2 and s >= ${shape.curfews}, 'session.ended', 'session.used') as type,
  least(${createdAt} + toIntervalMillisecond(k * if(s < ${shape.curfews} and not (${survives}), 50000000, 86400000)
    + sipHash64(n) % 40000000), ${end}) as at,
  at + interval 2 second, at + interval 3 second, 'live', 'kafka',
  'online', ${sessionId}, if(k = 0, at, null), ${subjectRef}, 'user',
  IPv4NumToString(toUInt32(3221225984 + s % 250)), 'subject', concat('Mozilla/5.0 test ', toString(s % 40)),
  if(type = 'session.ended', '', 'accepted'),
  if(type = 'session.used' and k % 3 = 0, 'application', 'idp'), 'DE', 'Hamburg', 'Firefox', 'Linux', 'password'
from (select number + ${from} as n, n % ${sessions} as s, intDiv(n, ${sessions}) as k from numbers(${count}))`
}

/** Rows about the condemned sessions, which are those numbered below `shape.curfews`. */
function judgedStatements(): readonly string[] {
  const causeId = `lower(hex(MD5(concat('cause ', toString(intDiv(s, ${shape.sessionsPerPerson}))))))`
  const curfewId = `lower(hex(MD5(concat('curfew ', toString(s)))))`
  const orderId = `lower(hex(MD5(concat('order ', toString(s)))))`
  const all = `from (select number as s from numbers(${shape.curfews}))`
  const people = `from (select number * ${shape.sessionsPerPerson} as s from numbers(${shape.curfews / shape.sessionsPerPerson}))`
  return [
    `insert into timing (at, clock_uncertainty_ms) values ('2026-01-01 00:00:00', 5000)`,
    `insert into proof_rules (tenant, instance, at, absence, read, own_end, other_end, refusal, apart_ms)
     values ('acme', 'sso', '2026-01-01 00:00:00', 'proves', 'proves', 'acknowledges', 'proves', 'proves', 60000)`,
    `insert into causes (tenant, instance, cause_id, class, event_id, at, received_at, recorded_at, lane, may_act,
       scope_kind, scope_id, subject_ref, initiator_kind, initiator_id, reason)
     select 'acme', 'sso', ${causeId}, 'credential_reset', concat('reset ', toString(s)), ${causeAt} as at,
       at + interval 1 second, at + interval 2 second, 'live', true, 'subject', ${subjectRef}, ${subjectRef},
       'admin', 'operator@example.com', 'reported stolen' ${people}`,
    `insert into curfews (${name}, curfew_id, incarnation, class, cause_id, cause_at, deadline_at, mode, may_act,
       certainty, scope_kind, subject_ref, found_by, detected_at, recorded_at)
     select ${named}, ${curfewId}, 0, 'credential_reset', ${causeId}, ${causeAt} as at, at + interval 60 second,
       'enforce', true, 'certain', 'subject', ${subjectRef}, 'inline', at + interval 2 second,
       at + interval 2 second ${all}`,
    `insert into order_steps (${name}, order_id, epoch, seq, state, at, recorded_at, incarnation, subject_ref,
       curfew_ids, cause_ids, attempt, provider, actor)
     select ${named}, ${orderId}, 1, step, ['queued', 'dispatching', 'contained'][step],
       ${causeAt} + toIntervalSecond(1 + step) as at, at, 0, ${subjectRef}, [${curfewId}], [${causeId}], 1,
       'keycloak', 'curfew' from (select number as s, arrayJoin([1, 2, 3]) as step from numbers(${shape.curfews}))`,
    `insert into evidence (${name}, evidence_id, incarnation, level, means, at, recorded_at, order_id)
     select ${named}, concat('evidence ', toString(s), ' ', step), 0, step, if(step = 'E2', 'listing', 'call'),
       ${causeAt} + toIntervalSecond(transform(step, ['E0', 'E1', 'E2'], [2, 3, 4], 0)) as at, at, ${orderId}
     from (select number as s, arrayJoin(['E0', 'E1', 'E2']) as step from numbers(${shape.curfews}))
     where step != 'E2' or not ${survives}`,
    `insert into listings (tenant, instance, subject_ref, listing_id, started_at, finished_at, recorded_at, complete, sessions)
     select 'acme', 'sso', ${subjectRef}, concat('list ', toString(s)), ${causeAt} + interval 4 second as at, at, at,
       true, 1 ${people}`,
    `insert into listed_sessions (${name}, subject_ref, listing_id, listed_at, recorded_at, created_at)
     select ${named}, ${subjectRef}, concat('list ', toString(s)), ${causeAt} + interval 90 second as at, at,
       ${createdAt} ${all} where ${survives}`,
  ]
}
