-- The user that Grafana reads Curfew's database with. Run once as an administrator, after
-- putting the SHA-256 of a password of your own in the place of the words in capitals; as they
-- stand the server refuses them.
create settings profile if not exists curfew_dashboards settings
    readonly = 1,
    max_execution_time = 60 min 1 max 60 changeable_in_readonly,
    max_memory_usage = 2000000000,
    max_result_rows = 100000;

create user if not exists curfew_dashboards
    identified with sha256_hash by 'SHA256_OF_THE_PASSWORD_IN_HEX'
    settings profile 'curfew_dashboards';

grant select(tenant, instance, event_id, type, occurred_at, received_at, recorded_at, lane, source, unknown_fields, session_kind, session_id, outcome, refusal_reason, observer, place_state, network_state, device_state, content_hash) on curfew.events to curfew_dashboards;
grant select(tenant, instance, source, partition, offset, received_at, reason, detail) on curfew.rejected to curfew_dashboards;
grant select(tenant, instance, session_kind, session_id, session_key, event_id, fact, occurred_at, observer, initiator_kind, reason) on curfew.session_facts to curfew_dashboards;
grant select(tenant, instance, session_kind, session_id, session_key, occurred_at, observer) on curfew.session_uses to curfew_dashboards;
grant select(tenant, instance, session_kind, session_id, session_key, created_at, first_seen_at, first_alive_at, expires_at, token_expires_at) on curfew.sessions to curfew_dashboards;
grant select(tenant, instance, cause_id, class, at, scope_kind, scope_id, subject_ref, session_id) on curfew.causes to curfew_dashboards;
grant select(tenant, instance, event_id, cause_id, by_cause_id, at) on curfew.replaced_causes to curfew_dashboards;
grant select(tenant, instance, edge) on curfew.session_edges to curfew_dashboards;
grant select(tenant, instance, source, name, why, lack, hour, messages, last_at) on curfew.unread to curfew_dashboards;
grant select(tenant, instance, finding_id, version, standing, detector, severity, mode, at, recorded_at, subject_ref, session_kind, session_id, why, row_commit) on curfew.findings to curfew_dashboards;
grant select(tenant, instance, curfew_id, session_kind, session_id, session_key, incarnation, class, cause_id, cause_at, deadline_at, mode, may_act, scope_kind, subject_ref, found_by, detected_at, row_commit) on curfew.curfews to curfew_dashboards;
grant select(tenant, instance, order_id, epoch, seq, state, at, session_kind, session_id, session_key, incarnation, reason, also_ends) on curfew.order_steps to curfew_dashboards;
grant select(tenant, instance, evidence_id, session_kind, session_id, session_key, incarnation, level, means, at, detail) on curfew.evidence to curfew_dashboards;
grant select(tenant, instance, listing_id, finished_at, complete) on curfew.listings to curfew_dashboards;
grant select(tenant, instance, listing_id, session_kind, session_id, session_key, listed_at) on curfew.listed_sessions to curfew_dashboards;
grant select(at, clock_uncertainty_ms) on curfew.timing to curfew_dashboards;
grant select(is_on, at, recorded_at) on curfew.kill_switch to curfew_dashboards;
grant select(tenant, work, of, failing, reason, at, recorded_at) on curfew.work_states to curfew_dashboards;
grant select(tenant, work, of, reason, from_at, until_at) on curfew.work_gaps to curfew_dashboards;
grant select(tenant, instance, at, absence, read, own_end, other_end, refusal, apart_ms, recorded_at) on curfew.proof_rules to curfew_dashboards;
grant select on curfew.session_lives to curfew_dashboards;
grant select on curfew.verdicts to curfew_dashboards;
