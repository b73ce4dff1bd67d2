-- Eva, with all that there is to do, twice and by two services, those who may come to hold something by it, and
-- Disa, who orders.
INSERT INTO organisation (id, hsa_id, source, name, name_sort, name_search, kind, authority,
    care_provider, parent_id) VALUES
    ('org_0000000000000000000000000c', 'SE2321000016-2001', 't', 'Andra', 'c', 'andra',
     'unit', FALSE, FALSE, 'org_0000000000000000000000000a');
INSERT INTO individual (id, source, external_key) VALUES
    ('ind_0000000000000000000000000b', 't', 'b'),
    ('ind_0000000000000000000000000c', 't', 'c'),
    ('ind_0000000000000000000000000e', 't', 'e'),
    ('ind_0000000000000000000000000g', 't', 'g');
INSERT INTO person (id, hsa_id, source, individual_id, given_name, family_name, name_sort,
    name_search, training_completed_on) VALUES
    ('per_0000000000000000000000000b', 'SE2321000016-3003', 't', 'ind_0000000000000000000000000b',
     'Bo', 'Berg', 'b', 'bo berg', '2026-11-01'),
    ('per_0000000000000000000000000c', 'SE2321000016-3004', 't', 'ind_0000000000000000000000000c',
     'Cia', 'Ceder', 'c', 'cia ceder', '2026-11-01'),
    ('per_0000000000000000000000000e', 'SE2321000016-3001', 't', 'ind_0000000000000000000000000e',
     'Eva', 'Ek', 'e', 'eva ek', '2026-11-01'),
    ('per_0000000000000000000000000f', 'SE2321000016-3002', 't', 'ind_0000000000000000000000000e',
     'Eva', 'Ek', 'e', 'eva ek', '2026-11-01'),
    ('per_0000000000000000000000000g', 'SE2321000016-3005', 't', 'ind_0000000000000000000000000g',
     'Disa', 'Dal', 'd', 'disa dal', '2026-11-01');
INSERT INTO engagement (id, source, external_id, person_id, kind, employer_id, unit_id, from_date,
    absent_from, absent_until) VALUES
    ('eng_0000000000000000000000000b', 't', 'e-b', 'per_0000000000000000000000000b', 'employee',
     'org_0000000000000000000000000a', 'org_0000000000000000000000000b', '2026-12-10', NULL, NULL),
    ('eng_0000000000000000000000000c', 't', 'e-c', 'per_0000000000000000000000000c', 'employee',
     'org_0000000000000000000000000a', 'org_0000000000000000000000000c', '2020-01-01', '2026-11-01',
     '2026-12-20'),
    ('eng_0000000000000000000000000e', 't', 'e-e', 'per_0000000000000000000000000e', 'employee',
     'org_0000000000000000000000000a', 'org_0000000000000000000000000b', '2020-01-01', NULL, NULL),
    ('eng_0000000000000000000000000f', 't', 'e-f', 'per_0000000000000000000000000f', 'employee',
     'org_0000000000000000000000000a', 'org_0000000000000000000000000c', '2020-01-01', NULL, NULL),
    ('eng_0000000000000000000000000g', 't', 'e-g', 'per_0000000000000000000000000g', 'employee',
     'org_0000000000000000000000000a', 'org_0000000000000000000000000a', '2020-01-01', NULL, NULL);
INSERT INTO permission (id, system_id, system_key, name, category, privileged) VALUES
    ('prm_000000000000000000000000ab', 'sys_0000000000000000000000000a',
     'sys_0000000000000000000000000a', 'record:sign', 'use', TRUE),
    ('prm_000000000000000000000000ac', 'sys_0000000000000000000000000a',
     'sys_0000000000000000000000000a', 'server:administer', 'administer', TRUE),
    ('prm_000000000000000000000000ad', 'sys_0000000000000000000000000a',
     'sys_0000000000000000000000000a', 'record:write', 'use', FALSE);
INSERT INTO role (id, source, external_id, name, name_sort, name_search, system_id, system_key,
    privileged, patient_data) VALUES
    ('rol_0000000000000000000000000c', 't', 'allt', 'Allt', 'c', 'allt', NULL, '', TRUE, FALSE),
    ('rol_0000000000000000000000000d', 't', 'tom', 'Tom', 'd', 'tom', NULL, '', FALSE, FALSE),
    ('rol_0000000000000000000000000e', 't', 'lasare', 'Läsare', 'e', 'läsare', NULL, '', FALSE, FALSE),
    ('rol_0000000000000000000000000f', 't', 'drift', 'Drift', 'f', 'drift',
     'sys_0000000000000000000000000a', 'sys_0000000000000000000000000a', TRUE, FALSE);
INSERT INTO role_permission (role_id, permission_id, system_key)
    SELECT 'rol_0000000000000000000000000c', id, '' FROM permission WHERE name IN
    ('organisation:read', 'organisation:manage', 'person:read', 'service:read', 'system:read',
     'system:manage', 'server:read', 'server:manage', 'role:read', 'role:manage', 'grant:read',
     'grant:approve', 'grant:provision', 'grant:revoke', 'policy:manage');
INSERT INTO role_permission (role_id, permission_id, system_key)
    SELECT 'rol_0000000000000000000000000e', id, '' FROM permission WHERE name = 'person:read';
INSERT INTO role_permission (role_id, permission_id, system_key) VALUES
    ('rol_0000000000000000000000000f', 'prm_000000000000000000000000ac',
     'sys_0000000000000000000000000a');
INSERT INTO segment (id, source, external_id, name, name_sort, name_search, system_id,
    organisation_id, environment, patient_data) VALUES
    ('seg_0000000000000000000000000a', 't', 's1', 'S1', 'a', 's1', 'sys_0000000000000000000000000a',
     'org_0000000000000000000000000b', 'production', TRUE),
    ('seg_0000000000000000000000000b', 't', 's2', 'S2', 'b', 's2', 'sys_0000000000000000000000000a',
     'org_0000000000000000000000000c', 'production', TRUE);
INSERT INTO server (id, source, external_id, segment_id, operating_system) VALUES
    ('srv_0000000000000000000000000a', 't', 'h1', 'seg_0000000000000000000000000a', 'linux'),
    ('srv_0000000000000000000000000b', 't', 'h2', 'seg_0000000000000000000000000b', 'linux');
INSERT INTO service (id, source, external_id, name, name_sort, name_search, organisation_id,
    from_date, owner_id, deputy_id) VALUES
    ('svc_0000000000000000000000000b', 't', 'egen', 'Egen', 'b', 'egen',
     'org_0000000000000000000000000a', '2020-01-01', 'per_0000000000000000000000000e', NULL),
    ('svc_0000000000000000000000000c', 't', 'annan', 'Annan', 'c', 'annan',
     'org_0000000000000000000000000a', '2020-01-01', 'per_0000000000000000000000000b',
     'per_0000000000000000000000000f'),
    ('svc_0000000000000000000000000d', 't', 'kanal', 'Kanal', 'd', 'kanal',
     'org_0000000000000000000000000a', '2020-01-01', 'per_0000000000000000000000000b', NULL);
INSERT INTO role_grant (id, source, external_id, person_id, service_id, engagement_id, role_id,
    scope_kind, organisation_id, segment_id, from_date, needs_and_risk_analysis, origin) VALUES
    ('grt_0000000000000000000000000b', 't', 'g-2', 'per_0000000000000000000000000e', NULL,
     'eng_0000000000000000000000000e', 'rol_0000000000000000000000000c', 'installation', NULL, NULL,
     '2020-01-01', NULL, 'order'),
    ('grt_0000000000000000000000000c', 't', 'g-3', 'per_0000000000000000000000000f', NULL,
     'eng_0000000000000000000000000f', 'rol_0000000000000000000000000c', 'installation', NULL, NULL,
     '2020-01-01', NULL, 'order'),
    ('grt_0000000000000000000000000d', 't', 'g-4', NULL, 'svc_0000000000000000000000000b', NULL,
     'rol_0000000000000000000000000c', 'installation', NULL, NULL, '2020-01-01', NULL, 'order'),
    ('grt_0000000000000000000000000e', 't', 'g-5', NULL, 'svc_0000000000000000000000000c', NULL,
     'rol_0000000000000000000000000c', 'installation', NULL, NULL, '2020-01-01', NULL, 'order'),
    ('grt_0000000000000000000000000f', 't', 'g-6', 'per_0000000000000000000000000a', NULL,
     'eng_0000000000000000000000000a', 'rol_0000000000000000000000000f', 'segment', NULL,
     'seg_0000000000000000000000000a', '2026-12-01', NULL, 'order'),
    ('grt_0000000000000000000000000g', 't', 'g-7', 'per_0000000000000000000000000c', NULL,
     'eng_0000000000000000000000000c', 'rol_0000000000000000000000000f', 'segment', NULL,
     'seg_0000000000000000000000000b', '2020-01-01', NULL, 'order'),
    ('grt_0000000000000000000000000h', 't', 'g-8', 'per_0000000000000000000000000a', NULL,
     'eng_0000000000000000000000000a', 'rol_0000000000000000000000000a', 'organisation',
     'org_0000000000000000000000000b', NULL, '2020-01-01', NULL, 'order'),
    ('grt_0000000000000000000000000j', 't', 'g-9', 'per_0000000000000000000000000b', NULL,
     'eng_0000000000000000000000000b', 'rol_0000000000000000000000000e', 'organisation',
     'org_0000000000000000000000000b', NULL, '2020-01-01', NULL, 'order'),
    ('grt_0000000000000000000000000k', 't', 'g-10', NULL, 'svc_0000000000000000000000000d', NULL,
     'rol_0000000000000000000000000e', 'organisation', 'org_0000000000000000000000000c', NULL,
     '2027-01-05', NULL, 'order');
