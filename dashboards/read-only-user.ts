/**
 * The user that Grafana reads with. Anyone who may edit a dashboard may run any query as this user, so
 * it may read only the columns that panels read: no `identities`, no addresses, no user agents,
 * no excerpts of messages, and it may change nothing. It sees all tenants.
 */

const userName = 'curfew_dashboards'
const passwordVariable = 'CURFEW_DASHBOARDS_PASSWORD'
const executionSecondsMax = 60
const memoryBytesMax = 2_000_000_000
const resultRowsMax = 100_000

/** Tables and views, and the columns of each that may be read. */
export const readable: { readonly [table: string]: readonly string[] } = {
  events: [
    'tenant',
    'instance',
    'event_id',
    'type',
    'occurred_at',
    'received_at',
    'recorded_at',
    'lane',
    'source',
    'unknown_fields',
    'session_kind',
    'session_id',
    'outcome',
    'refusal_reason',
    'observer',
    'place_state',
    'network_state',
    'device_state',
    'content_hash',
  ],
  rejected: [
    'tenant',
    'instance',
    'source',
    'partition',
    'offset',
    'received_at',
    'reason',
    'detail',
  ],
  session_facts: [
    'tenant',
    'instance',
    'session_kind',
    'session_id',
    'session_key',
    'event_id',
    'fact',
    'occurred_at',
    'observer',
    'initiator_kind',
    'reason',
  ],
  session_uses: [
    'tenant',
    'instance',
    'session_kind',
    'session_id',
    'session_key',
    'occurred_at',
    'observer',
  ],
  sessions: [
    'tenant',
    'instance',
    'session_kind',
    'session_id',
    'session_key',
    'created_at',
    'first_seen_at',
    'first_alive_at',
    'expires_at',
    'token_expires_at',
  ],
  causes: [
    'tenant',
    'instance',
    'cause_id',
    'class',
    'at',
    'scope_kind',
    'scope_id',
    'subject_ref',
    'session_id',
  ],
  replaced_causes: ['tenant', 'instance', 'event_id', 'cause_id', 'by_cause_id', 'at'],
  session_edges: ['tenant', 'instance', 'edge'],
  unread: ['tenant', 'instance', 'source', 'name', 'why', 'lack', 'hour', 'messages', 'last_at'],
  findings: [
    'tenant',
    'instance',
    'finding_id',
    'version',
    'standing',
    'detector',
    'severity',
    'mode',
    'at',
    'recorded_at',
    'subject_ref',
    'session_kind',
    'session_id',
    'why',
    'row_commit',
  ],
  curfews: [
    'tenant',
    'instance',
    'curfew_id',
    'session_kind',
    'session_id',
    'session_key',
    'incarnation',
    'class',
    'cause_id',
    'cause_at',
    'deadline_at',
    'mode',
    'may_act',
    'scope_kind',
    'subject_ref',
    'found_by',
    'detected_at',
    'row_commit',
  ],
  order_steps: [
    'tenant',
    'instance',
    'order_id',
    'epoch',
    'seq',
    'state',
    'at',
    'session_kind',
    'session_id',
    'session_key',
    'incarnation',
    'reason',
    'also_ends',
  ],
  evidence: [
    'tenant',
    'instance',
    'evidence_id',
    'session_kind',
    'session_id',
    'session_key',
    'incarnation',
    'level',
    'means',
    'at',
    'detail',
  ],
  listings: ['tenant', 'instance', 'listing_id', 'finished_at', 'complete'],
  listed_sessions: [
    'tenant',
    'instance',
    'listing_id',
    'session_kind',
    'session_id',
    'session_key',
    'listed_at',
  ],
  timing: ['at', 'clock_uncertainty_ms'],
  kill_switch: ['is_on', 'at', 'recorded_at'],
  work_states: ['tenant', 'work', 'of', 'failing', 'reason', 'at', 'recorded_at'],
  work_gaps: ['tenant', 'work', 'of', 'reason', 'from_at', 'until_at'],
  proof_rules: [
    'tenant',
    'instance',
    'at',
    'absence',
    'read',
    'own_end',
    'other_end',
    'refusal',
    'apart_ms',
    'recorded_at',
  ],
}

/** Views; whoever reads one needs the tables behind it too. */
export const readableViews = ['session_lives', 'verdicts'] as const

function grants(database: string): readonly string[] {
  return [
    ...Object.entries(readable).map(
      ([table, columns]) => `grant select(${columns.join(', ')}) on ${database}.${table}`,
    ),
    ...readableViews.map((view) => `grant select on ${database}.${view}`),
  ]
}

/** Statements for a server whose users are made with SQL. */
export function readOnlyUserSql(database = 'curfew'): string {
  return `-- The user that Grafana reads Curfew's database with. Run once as an administrator, after
-- putting the SHA-256 of a password of your own in the place of the words in capitals; as they
-- stand the server refuses them.
create settings profile if not exists ${userName} settings
    readonly = 1,
    max_execution_time = ${executionSecondsMax} min 1 max ${executionSecondsMax} changeable_in_readonly,
    max_memory_usage = ${memoryBytesMax},
    max_result_rows = ${resultRowsMax};

create user if not exists ${userName}
    identified with sha256_hash by 'SHA256_OF_THE_PASSWORD_IN_HEX'
    settings profile '${userName}';

${grants(database)
  .map((grant) => `${grant} to ${userName};`)
  .join('\n')}
`
}

/** The same as a file for \`users.d\`; the password comes from the server's environment. */
export function readOnlyUserXml(database = 'curfew'): string {
  return `<!-- The user that Grafana reads Curfew's database with; for the folder users.d of a server. -->
<clickhouse>
  <profiles>
    <${userName}>
      <readonly>1</readonly>
      <max_execution_time>${executionSecondsMax}</max_execution_time>
      <max_memory_usage>${memoryBytesMax}</max_memory_usage>
      <max_result_rows>${resultRowsMax}</max_result_rows>
      <constraints>
        <!-- The data source sends its own time-out with each query. -->
        <max_execution_time>
          <min>1</min>
          <max>${executionSecondsMax}</max>
          <changeable_in_readonly/>
        </max_execution_time>
      </constraints>
    </${userName}>
  </profiles>
  <users>
    <${userName}>
      <password from_env="${passwordVariable}"/>
      <networks>
        <ip>::/0</ip>
      </networks>
      <profile>${userName}</profile>
      <quota>default</quota>
      <grants>
${grants(database)
  .map((grant) => `        <query>${grant}</query>`)
  .join('\n')}
      </grants>
    </${userName}>
  </users>
</clickhouse>
`
}
