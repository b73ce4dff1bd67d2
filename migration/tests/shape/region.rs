//! A region of one clinic and two systems in which every table has a row and every column a value.

/// The register, in the order in which rows refer to each other.
pub(crate) const REGISTER: &str = "
INSERT INTO organisation
    (id, hsa_id, source, name, name_sort, name_search, kind, authority, care_provider, parent_id)
VALUES
    ('org_1region', 'SE1111111111-1', 'region', 'Regionen', 'r', 'regionen', 'region', TRUE, FALSE,
        'org_00000000000000000000000001'),
    ('org_2care', 'SE1111111111-2', 'region', 'Vårdnämnden', 'v', 'vårdnämnden', 'authority', TRUE,
        TRUE, 'org_1region'),
    ('org_3clinic', 'SE1111111111-3', 'region', 'Kliniken', 'k', 'kliniken', 'department', FALSE,
        FALSE, 'org_2care'),
    ('org_4ward', 'SE1111111111-4', 'region', 'Avdelningen', 'a', 'avdelningen', 'unit', FALSE,
        FALSE, 'org_3clinic'),
    ('org_5vendor', 'SE1111111111-5', 'region', 'Leverantören', 'l', 'leverantören', 'vendor',
        FALSE, FALSE, 'org_00000000000000000000000001');
INSERT INTO organisation_parent (child_id, parent_id, from_date, until_date) VALUES
    ('org_4ward', 'org_2care', '2020-01-01', '2023-12-31'),
    ('org_4ward', 'org_3clinic', '2024-01-01', NULL);
INSERT INTO organisation_successor (old_id, new_id, kind, on_date)
VALUES ('org_3clinic', 'org_4ward', 'merge', '2026-01-01');

INSERT INTO individual (id, source, external_key, suspended_at) VALUES
    ('ind_anna', 'region', 'human-1', 17),
    ('ind_bo', 'region', 'human-2', NULL);
INSERT INTO person (id, hsa_id, source, individual_id, given_name, family_name, name_sort,
    name_search, email, protected_identity, training_completed_on)
VALUES
    ('per_anna', 'SE1111111111-A', 'region', 'ind_anna', 'Anna', 'Åkesson', 'å', 'anna åkesson',
        'anna@region.example', TRUE, '2026-03-01'),
    ('per_bo', 'SE1111111111-B', 'region', 'ind_bo', 'Bo', 'Öberg', 'ö', 'bo öberg', NULL, FALSE,
        NULL);
INSERT INTO person_credential (person_id, kind) VALUES ('per_anna', 'siths');
INSERT INTO engagement (id, source, external_id, person_id, kind, employer_id, unit_id,
    responsible_id, from_date, until_date, absent_from, absent_until)
VALUES
    ('eng_anna', 'region', 'e1', 'per_anna', 'employee', 'org_2care', 'org_4ward', 'per_bo',
        '2020-01-01', '2027-01-31', '2026-02-01', '2026-02-28'),
    ('eng_bo', 'region', 'e2', 'per_bo', 'employee', 'org_2care', 'org_4ward', NULL, '2020-01-01',
        NULL, NULL, NULL);
INSERT INTO commission (id, hsa_id, source, person_id, engagement_id, purpose, care_unit_id,
    care_provider_id, from_date, until_date)
VALUES ('com_anna', 'SE1111111111-C', 'region', 'per_anna', 'eng_anna', 'Vård och behandling',
    'org_4ward', 'org_2care', '2024-01-01', '2026-12-31');

INSERT INTO system (id, source, external_id, name, name_sort, name_search, owner_id,
    administrator_id, it_owner_id, it_manager_id, organisation_id, supplier_id, patient_data,
    personal_data, business_critical, criticality_reason, retention, enforcement,
    password_login_until, patient_level)
VALUES
    ('sys_journal', 'region', 's1', 'Journalen', 'j', 'journalen', 'per_anna', 'per_bo', 'per_bo',
        'per_bo', 'org_2care', 'org_5vendor', TRUE, TRUE, TRUE, 'akutsjukvård', '10 år', 'runtime',
        '2026-12-31', 3),
    ('sys_xray', 'region', 's2', 'Röntgen', 'rö', 'röntgen', NULL, NULL, NULL, NULL, 'org_2care',
        NULL, TRUE, TRUE, FALSE, NULL, NULL, 'manual', NULL, 3);
INSERT INTO system_classification
    (system_id, confidentiality, integrity, availability, decided_on, review_by, analysis)
VALUES ('sys_journal', 3, 2, 4, '2026-01-01', '2027-01-01', 'KLA-1');
INSERT INTO system_obligation (system_id, kind, condition)
VALUES ('sys_journal', 'activeChoice', 'otherUnit');
INSERT INTO segment (id, source, external_id, name, name_sort, name_search, system_id,
    organisation_id, environment, patient_data)
VALUES
    ('seg_journal', 'region', 'g1', 'Journal app', 'j', 'journal app', 'sys_journal', 'org_2care',
        'production', TRUE),
    ('seg_xray', 'region', 'g2', 'Röntgen app', 'r', 'röntgen app', 'sys_xray', 'org_2care',
        'production', TRUE),
    ('seg_shared', 'region', 'g3', 'Backup', 'b', 'backup', NULL, 'org_2care', 'production',
        FALSE);
INSERT INTO segment_control (controller_id, controlled_id) VALUES ('seg_shared', 'seg_journal');
INSERT INTO server (id, source, external_id, segment_id, operating_system)
VALUES ('srv_one', 'region', 'one.region.example', 'seg_shared', 'Debian 12');
INSERT INTO \"database\"
    (id, source, external_id, name, name_sort, name_search, system_id, server_id)
VALUES
    ('dbs_journal', 'region', 'd1', 'journal', 'j', 'journal', 'sys_journal', 'srv_one'),
    ('dbs_xray', 'region', 'd2', 'xray', 'x', 'xray', 'sys_xray', 'srv_one');
INSERT INTO supplier_assessment (id, source, external_id, supplier_id, authority_id, system_id,
    decided_on, valid_until, decided_by_id, agreement)
VALUES ('asm_one', 'region', 'o1', 'org_5vendor', 'org_2care', 'sys_journal', '2026-01-01',
    '2026-12-31', 'per_anna', 'AVT-1');

INSERT INTO service (id, source, external_id, name, name_sort, name_search, owner_id, deputy_id,
    organisation_id, from_date, until_date, trusted_to_assert)
VALUES ('svc_iam', 'region', 'iam', 'IAM', 'i', 'iam', 'per_anna', 'per_bo', 'org_2care',
    '2026-01-01', '2026-12-31', TRUE);
INSERT INTO account (id, source, external_id, kind, name, name_sort, name_search, system_id,
    owner_id, deputy_id, until_date)
VALUES ('acc_one', 'region', 'a1', 'shared', 'svc_0001', 's', 'svc_0001', 'sys_journal',
    'per_anna', 'per_bo', '2026-12-31');

INSERT INTO permission (id, system_id, system_key, name, category, privileged, flagged) VALUES
    ('prm_read', 'sys_journal', 'sys_journal', 'record:read', 'use', FALSE, FALSE),
    ('prm_image', 'sys_xray', 'sys_xray', 'record:read', 'use', FALSE, TRUE),
    ('prm_server', NULL, '', 'server:administer', 'administer', TRUE, FALSE);
INSERT INTO role (id, source, external_id, name, name_sort, name_search, system_id, system_key,
    privileged, patient_data)
VALUES
    ('rol_reader', 'region', 'r1', 'Läsbehörig', 'l', 'läsbehörig', 'sys_journal', 'sys_journal',
        FALSE, TRUE),
    ('rol_admin', 'region', 'r2', 'Serveradministratör', 's', 'serveradministratör', NULL, '',
        TRUE, FALSE);
INSERT INTO role_permission (role_id, permission_id, system_key) VALUES
    ('rol_reader', 'prm_read', 'sys_journal'),
    ('rol_admin', 'prm_server', ''),
    ('rol_admin', 'prm_00000000000000000000000001', '');
INSERT INTO role_grant (id, source, external_id, person_id, service_id, engagement_id, role_id,
    scope_kind, organisation_id, system_id, segment_id, database_id, from_date, until_date,
    needs_and_risk_analysis, disclosure_basis, assignment, ordered_by_id, validated_by_id,
    approved_by_id, executed_by_id, executed_by_service_id, origin, attest_by, revoked_at,
    revoked_by, decision_id)
VALUES
    ('grt_ward', 'region', 'b1', 'per_anna', NULL, 'eng_anna', 'rol_reader', 'organisation',
        'org_4ward', NULL, NULL, NULL, '2026-01-01', '2026-12-31', 'BRA-1', 'PDL', 'UPP-1',
        'per_bo', 'per_bo', 'per_bo', 'per_bo', NULL, 'order', NULL, NULL, NULL, 'evt_1'),
    ('grt_system', 'region', 'b2', 'per_anna', NULL, 'eng_anna', 'rol_reader', 'system', NULL,
        'sys_journal', NULL, NULL, '2026-01-01', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        NULL, 'baseline', '2027-01-01', 99, 'per_bo', NULL),
    ('grt_segment', 'region', 'b3', 'per_bo', NULL, NULL, 'rol_admin', 'segment', NULL, NULL,
        'seg_shared', NULL, '2026-01-01', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        'svc_iam', 'order', NULL, NULL, NULL, NULL),
    ('grt_database', 'region', 'b4', 'per_anna', NULL, NULL, 'rol_reader', 'database', NULL, NULL,
        NULL, 'dbs_journal', '2026-01-01', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        'order', NULL, NULL, NULL, NULL),
    ('grt_service', 'region', 'b5', NULL, 'svc_iam', NULL, 'rol_admin', 'installation', NULL,
        NULL, NULL, NULL, '2026-01-01', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'per_bo', NULL,
        'order', NULL, NULL, NULL, NULL);
INSERT INTO role_grant_use (grant_id, observed_from, last_used_on)
VALUES ('grt_ward', '2026-01-01', '2026-02-01');
INSERT INTO delegation (id, from_person_id, to_person_id, role_id, scope_kind, organisation_id,
    system_id, segment_id, database_id, from_date, until_date, revoked_at, revoked_by, decision_id)
VALUES
    ('dlg_ward', 'per_anna', 'per_bo', 'rol_reader', 'organisation', 'org_4ward', NULL, NULL, NULL,
        '2026-01-01', '2026-01-31', 5, 'per_anna', 'evt_2'),
    ('dlg_system', 'per_anna', 'per_bo', 'rol_reader', 'system', NULL, 'sys_journal', NULL, NULL,
        '2026-01-01', '2026-01-31', NULL, NULL, NULL),
    ('dlg_segment', 'per_anna', 'per_bo', 'rol_reader', 'segment', NULL, NULL, 'seg_journal', NULL,
        '2026-01-01', '2026-01-31', NULL, NULL, NULL),
    ('dlg_database', 'per_anna', 'per_bo', 'rol_reader', 'database', NULL, NULL, NULL,
        'dbs_journal', '2026-01-01', '2026-01-31', NULL, NULL, NULL);
";

/// The log with two events, the first of which lies in a pruned block; and everything else. `X32` is
/// any 32 bytes, `X256` any 256.
pub(crate) const REST: &str = "
INSERT INTO audit_head
    (log_id, origin, size, root, frontier, last_t, change_seq, epoch, pruned_below)
VALUES (1, 'region.example/log', 2, X32, X32, 1000, 1, 1, 1);
INSERT INTO audit_event (seq, event_id, t_us, kind, principal, asker, permission, action,
    resource_type, resource_id, system, path, outcome, level, policy, envelope, leaf)
VALUES
    (0, 'evt_0', 900, 'operation', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
        NULL, X32, X32),
    (1, 'evt_1', 1000, 'decision', 'per_anna', 'svc_iam', 'record:read', 'use', 'Record',
        'org_4ward', 'sys_journal', '/org_4ward/', 'deny', 3, 'digest', X32, X32);
INSERT INTO audit_set (held_in, member, whole) VALUES ('path', 'org_4ward', '/org_4ward/');
INSERT INTO decision_review (event_id, seq, about_individual, outcome, reviewed_by,
    reviewed_individual, reviewed_at, decision_id)
VALUES ('evt_1', 1, 'ind_anna', 'justified', 'per_bo', 'ind_bo', 1001, 'evt_2');
INSERT INTO audit_listed (resource_id, seq) VALUES ('per_bo', 0), ('per_bo', 1);
INSERT INTO audit_slot (seq, slot, salt, value, retention_class, authority)
VALUES (1, 'justification', X32, 'akut', 'access', 'org_2care');
INSERT INTO audit_fact (month, commitment, salt, value) VALUES ('2026-11', X32, X32, '{}');
INSERT INTO audit_node (level, idx, hash) VALUES (8, 0, X32);
INSERT INTO audit_kept (seq, path) VALUES (0, X256);
INSERT INTO audit_latest (entity, seq) VALUES ('per_anna', 0);
INSERT INTO audit_checkpoint (size, note) VALUES (2, 'note');
INSERT INTO audit_rollup (day, outcome, reason, system, level, count)
VALUES ('2026-01-01', 'deny', 'no-permit', 'sys_journal', 3, 7);
INSERT INTO audit_probe (id, filler) VALUES (1, X256);

INSERT INTO policy_set (generation, digest, activated_at, released_by, active, event_id)
VALUES (1, 'digest', 5, 'per_anna', TRUE, 'evt_0');
INSERT INTO policy_text (generation, path, text) VALUES (1, 'rely.cedar', 'forbid');
INSERT INTO guardrail_stage (policy, system_key, authority_key, stage, ends_on, decided_by)
VALUES ('analysis', 'sys_journal', 'org_2care', 'observe', '2026-12-31', 'evt_1');
INSERT INTO edit_proposal (id, kind, thing_id, organisation_id, system_id, edit, gain, gain_digest,
    state, proposed_by, proposed_individual, proposed_at, decision_id, decided_by, decided_individual,
    decided_at)
VALUES ('prp_1', 'moveServer', 'srv_1', 'org_2care', 'sys_journal', '{}', '{}', 'digest', 'accepted',
    'per_anna', 'ind_anna', 7, 'evt_1', 'per_bo', 'ind_bo', 8);
INSERT INTO edit_proposer (proposal_id, individual_id) VALUES ('prp_1', 'ind_anna');

INSERT INTO import_run (id, source, file_name, digest, state, dry_run, next_line, created_at,
    finished_at, summary, trailer, process_token)
VALUES ('run_1', 'region', 'region.jsonl', 'digest', 'completed', TRUE, 3, 1, 2, '{}', '{}', 'p');
INSERT INTO staged_record (run_id, line, kind, external_id, body, rejected)
VALUES ('run_1', 1, 'person', 'SE1111111111-A', CAST('{\"name\": \"Å\"}' AS json_text), TRUE);
INSERT INTO staged_look_alike (run_id, kind, external_id, other)
VALUES ('run_1', 'role', 'lakare', 'rol_doctor');
INSERT INTO import_problem (run_id, line, field, value_shape, problem, hint)
VALUES ('run_1', 1, 'from', 'text of 8', 'not a date', 'YYYY-MM-DD');
INSERT INTO import_flag (flag, entity_id, run_id, detail)
VALUES ('unclassified', 'sys_xray', 'run_1', 'detail');
INSERT INTO halted_call (run_id, source, brought_by, place, plan_digest, created_at, confirmed_at, confirmed_by)
VALUES ('run_2', 'hr', 'svc_iam', 'SE1111111111-A', 'digest', 1, 2, 'per_anna');
INSERT INTO halted_record (run_id, position, kind, given, external_id, seen_version)
VALUES ('run_2', 0, 'engagement', '{}', 'e-1', 2);
INSERT INTO provisioning_run (run_id, source, brought_by, place, kinds, snapshot, as_of, received, opened_at, closed_at,
    outcome, answer)
VALUES ('run_3', 'hr', 'svc_iam', 'SE1111111111-A', 'person engagement', TRUE, 1, 1, 2, 3, 'completed', '{}');
INSERT INTO received_record (run_id, kind, external_id, given)
VALUES ('run_3', 'person', 'SE1111111111-A', '{}');
INSERT INTO idempotency_key (caller, mutation, key, input_digest, answer, created_at)
VALUES ('svc_iam', 'createGrant', 'k', 'digest', '{}', 1);
";
