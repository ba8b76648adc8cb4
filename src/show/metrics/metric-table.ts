import { enforceMetrics } from './enforce-metric-table.ts'
import type { Metric } from './metric.ts'
import { storeMetrics } from './store-metric-table.ts'

const caches = ['address', 'agent'] as const
const states = ['hit', 'miss', 'not_evaluable'] as const

/**
 * Every metric of the program. A name outside this table is a mistake that no dashboard would show,
 * so the meter refuses it. Times are in seconds, as is usual with Prometheus; no label holds a person, a
 * session or a tenant.
 */
export const metrics: readonly Metric[] = [
  {
    name: 'curfew_http_requests_total',
    type: 'counter',
    help: 'HTTP requests answered, by route pattern and status.',
    labels: { method: 'open', route: 'open', status: 'open' },
  },
  {
    name: 'curfew_http_request_seconds',
    type: 'histogram',
    help: 'Time from the first byte of a request to the end of its answer.',
    labels: { route: 'open' },
  },
  {
    name: 'curfew_notices_total',
    type: 'counter',
    help: 'Outgoing notifications: delivered, abandoned, dropped from a full queue, or duplicate.',
    labels: { result: ['delivered', 'given_up', 'dropped', 'repeated'] },
  },
  {
    name: 'curfew_notice_attempts_total',
    type: 'counter',
    help: 'Calls to the notification webhook.',
    labels: { result: ['accepted', 'refused', 'unreachable'] },
  },
  {
    name: 'curfew_source_messages_total',
    type: 'counter',
    help: 'Messages read from Kafka.',
    labels: { topic: 'open' },
  },
  {
    name: 'curfew_source_lag_messages',
    type: 'gauge',
    help: 'Messages of a partition that are not yet recorded.',
    labels: { topic: 'open', partition: 'open' },
  },
  {
    name: 'curfew_source_waiting_partitions',
    type: 'gauge',
    help: 'Partitions paused because messages that were read are not yet recorded.',
    labels: {},
  },
  {
    name: 'curfew_source_expired_messages_total',
    type: 'counter',
    help: 'Messages that the broker deleted before Curfew read them.',
    labels: { topic: 'open' },
  },
  {
    name: 'curfew_source_up',
    type: 'gauge',
    help: 'Whether a source is being read: 1 or 0.',
    labels: { source: 'open' },
  },
  {
    name: 'curfew_source_commit_failures_total',
    type: 'counter',
    help: 'Failed offset commits; the offset is committed again later.',
    labels: {},
  },
  {
    name: 'curfew_source_rebalances_total',
    type: 'counter',
    help: 'Times the consumer group was joined.',
    labels: {},
  },
  {
    name: 'curfew_source_feed_events_total',
    type: 'counter',
    help: "Events read from providers' feeds.",
    labels: { source: 'open' },
  },
  {
    name: 'curfew_source_feed_failures_total',
    type: 'counter',
    help: 'Failed feed reads; each is retried.',
    labels: { source: 'open' },
  },
  {
    name: 'curfew_source_intake_requests_total',
    type: 'counter',
    help: 'Deliveries by webhook and intake, by answer.',
    labels: {
      route: 'open',
      status: ['200', '202', '400', '401', '413', '422', '503'],
    },
  },
  {
    name: 'curfew_source_intake_deliveries',
    type: 'gauge',
    help: 'Deliveries received and not yet durable.',
    labels: {},
  },
  {
    name: 'curfew_decode_fields_left_out_total',
    type: 'counter',
    help: 'Events with a descriptive field that was unusable and therefore left out or cut.',
    labels: { source: 'open', field: 'open' },
  },
  {
    name: 'curfew_source_signatures_total',
    type: 'counter',
    help: 'Webhook signatures checked, by result.',
    labels: { result: ['ok', 'missing', 'malformed', 'too_old', 'in_future', 'forged'] },
  },
  {
    name: 'curfew_decode_unread_messages_total',
    type: 'counter',
    help: 'Genuine messages that became no event, by kind; the report unread shows more.',
    labels: { source: 'open', name: 'open', why: ['irrelevant', 'unknown', 'incomplete'] },
  },
  {
    name: 'curfew_decode_tombstones_total',
    type: 'counter',
    help: 'Messages without a value (tombstones).',
    labels: { source: 'open' },
  },
  {
    name: 'curfew_blind_messages_total',
    type: 'counter',
    help: 'Messages that lack the provider fields needed to derive a cause.',
    labels: { source: 'open', lack: 'open' },
  },
  {
    name: 'curfew_blind_causes_total',
    type: 'counter',
    help: 'Causes that match no session, by class and instance.',
    labels: { class: 'open', instance: 'open' },
  },
  {
    name: 'curfew_enrich_lookups_total',
    type: 'counter',
    help: 'Look-ups of place, network and device, by result.',
    labels: { about: ['place', 'network', 'device'], state: states },
  },
  {
    name: 'curfew_enrich_placings_total',
    type: 'counter',
    help: 'Events by whether they locate their subject; elsewhere: the address of a server, an administrator or a tunnel.',
    labels: { placing: ['places', 'elsewhere', 'not_evaluable'] },
  },
  {
    name: 'curfew_enrich_cache_hits_total',
    type: 'counter',
    help: 'Look-ups answered from the cache.',
    labels: { cache: caches },
  },
  {
    name: 'curfew_enrich_cache_misses_total',
    type: 'counter',
    help: 'Look-ups that missed the cache.',
    labels: { cache: caches },
  },
  {
    name: 'curfew_enrich_agents_postponed_total',
    type: 'counter',
    help: 'User agents not parsed because the parse budget was used up.',
    labels: {},
  },
  {
    name: 'curfew_enrich_faults_total',
    type: 'counter',
    help: 'Look-ups in which a database failed.',
    labels: { database: ['place', 'network'] },
  },
  {
    name: 'curfew_recall_misses_total',
    type: 'counter',
    help: 'Subjects and sessions that memory loaded from the store.',
    labels: {},
  },
  {
    name: 'curfew_recall_generations_total',
    type: 'counter',
    help: 'Times the older half of a full memory was evicted.',
    labels: {},
  },
  {
    name: 'curfew_detect_insufficient_total',
    type: 'counter',
    help: 'First sightings that no detector judged because the history of the subject is too short.',
    labels: { detector: 'open' },
  },
  {
    name: 'curfew_code_faults_total',
    type: 'counter',
    help: 'Events on which code of a stage threw, by part: a format, a detector, a look-up.',
    labels: {
      stage: ['decode', 'enrich', 'recall', 'detect', 'impose', 'record', 'enforce'],
      part: 'open',
    },
  },
  {
    name: 'curfew_detect_sweep_findings_total',
    type: 'counter',
    help: 'Findings that sweeps created or changed.',
    labels: { sweep: 'open' },
  },
  {
    name: 'curfew_detect_sweep_not_evaluable_total',
    type: 'counter',
    help: 'Rows of sweeps that were not judged in a round, since a source had not been read completely.',
    labels: { sweep: 'open' },
  },
  {
    name: 'curfew_detect_sweep_failures_total',
    type: 'counter',
    help: 'Failed sweeps; each runs again at its next interval.',
    labels: { sweep: 'open' },
  },
  {
    name: 'curfew_record_rows_total',
    type: 'counter',
    help: 'Rows recorded.',
    labels: {},
  },
  {
    name: 'curfew_record_block_seconds',
    type: 'histogram',
    help: 'Time to write one block, including the wait for the store.',
    labels: {},
  },
  {
    name: 'curfew_record_retries_total',
    type: 'counter',
    help: 'Writes that the store refused or did not answer; each is retried.',
    labels: {},
  },
  ...enforceMetrics,
  ...storeMetrics,
]
