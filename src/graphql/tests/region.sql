INSERT INTO organisation (id, hsa_id, source, name, name_sort, name_search, kind, authority,
    care_provider, parent_id) VALUES
    ('org_0000000000000000000000000a', 'SE2321000016-1000', 't', 'Region', 'd', 'region',
     'region', FALSE, TRUE, 'org_00000000000000000000000001'),
    ('org_0000000000000000000000000b', 'SE2321000016-2000', 't', 'Akut', 'a', 'akut',
     'unit', FALSE, FALSE, 'org_0000000000000000000000000a'),
    ('org_0000000000000000000000000c', 'SE2321000016-2001', 't', 'Barn', 'b', 'barn',
     'unit', FALSE, FALSE, 'org_0000000000000000000000000a'),
    ('org_0000000000000000000000000v', 'SE2321000016-9000', 't', 'Vendor', 'e', 'vendor',
     'vendor', FALSE, FALSE, 'org_00000000000000000000000001');
INSERT INTO individual (id, source, external_key)
    SELECT 'ind_0000000000000000000000000' || letter, 't', letter FROM (SELECT 'a' AS letter
    UNION ALL SELECT 'b' UNION ALL SELECT 'c' UNION ALL SELECT 'd' UNION ALL SELECT 'e'
    UNION ALL SELECT 'v') letters;
INSERT INTO person (id, hsa_id, source, individual_id, given_name, family_name, name_sort,
    name_search, protected_identity, training_completed_on) VALUES
    ('per_0000000000000000000000000a', 'SE2321000016-3000', 't', 'ind_0000000000000000000000000a',
     'Anna', 'Lind', 'c', 'lind anna', FALSE, '2026-11-01'),
    ('per_0000000000000000000000000b', 'SE2321000016-3001', 't', 'ind_0000000000000000000000000b',
     'Bo', 'Alm', 'a', 'alm bo', FALSE, '2026-11-01'),
    ('per_0000000000000000000000000c', 'SE2321000016-3002', 't', 'ind_0000000000000000000000000c',
     'Cia', 'Alm', 'a', 'alm cia', FALSE, NULL),
    ('per_0000000000000000000000000d', 'SE2321000016-3003', 't', 'ind_0000000000000000000000000d',
     'Dag', 'Ek', 'b', 'ek dag', FALSE, NULL),
    ('per_0000000000000000000000000e', 'SE2321000016-3004', 't', 'ind_0000000000000000000000000e',
     'Eva', 'Öberg', 'd', 'öberg eva', TRUE, NULL),
    ('per_0000000000000000000000000v', 'SE2321000016-3005', 't', 'ind_0000000000000000000000000v',
     'Vera', 'Vik', 'e', 'vik vera', FALSE, NULL);
INSERT INTO person_credential (person_id, kind) VALUES
    ('per_0000000000000000000000000a', 'siths'), ('per_0000000000000000000000000a', 'mobile');
-- Anna works in Akut, Bo in Barn, Cia left Akut for Barn and then left that too, Dag has not begun, Eva
-- is protected and Anna answers for her, Vera is the vendor's.
INSERT INTO engagement (id, source, external_id, person_id, kind, employer_id, unit_id,
    responsible_id, from_date, until_date) VALUES
    ('eng_0000000000000000000000000a', 't', 'e-a', 'per_0000000000000000000000000a', 'employee',
     'org_0000000000000000000000000a', 'org_0000000000000000000000000b', NULL, '2020-01-01', NULL),
    ('eng_0000000000000000000000000b', 't', 'e-b', 'per_0000000000000000000000000b', 'employee',
     'org_0000000000000000000000000a', 'org_0000000000000000000000000c', NULL, '2020-01-01',
     '2026-11-21'),
    ('eng_0000000000000000000000000c', 't', 'e-c', 'per_0000000000000000000000000c', 'employee',
     'org_0000000000000000000000000a', 'org_0000000000000000000000000b', NULL, '2018-01-01',
     '2019-12-31'),
    ('eng_0000000000000000000000000d', 't', 'e-d', 'per_0000000000000000000000000c', 'hourly',
     'org_0000000000000000000000000a', 'org_0000000000000000000000000c', NULL, '2020-01-01',
     '2026-11-20'),
    ('eng_0000000000000000000000000e', 't', 'e-e', 'per_0000000000000000000000000d', 'employee',
     'org_0000000000000000000000000a', 'org_0000000000000000000000000c', NULL, '2027-01-01', NULL),
    ('eng_0000000000000000000000000f', 't', 'e-f', 'per_0000000000000000000000000d', 'employee',
     'org_0000000000000000000000000a', 'org_0000000000000000000000000b', NULL, '2026-12-01', NULL),
    ('eng_0000000000000000000000000g', 't', 'e-g', 'per_0000000000000000000000000e', 'employee',
     'org_0000000000000000000000000a', 'org_0000000000000000000000000b',
     'per_0000000000000000000000000a', '2020-01-01', NULL),
    ('eng_0000000000000000000000000v', 't', 'e-v', 'per_0000000000000000000000000v', 'vendor',
     'org_0000000000000000000000000v', 'org_0000000000000000000000000v', NULL, '2020-01-01', NULL);
INSERT INTO system (id, source, external_id, name, name_sort, name_search, organisation_id,
    supplier_id, patient_data, personal_data, business_critical, enforcement) VALUES
    ('sys_0000000000000000000000000a', 't', 'cosmic', 'Cosmic', 'a', 'cosmic',
     'org_0000000000000000000000000b', 'org_0000000000000000000000000v', TRUE, TRUE, TRUE,
     'runtime'),
    ('sys_0000000000000000000000000b', 't', 'diver', 'Diver', 'b', 'diver',
     'org_0000000000000000000000000c', NULL, FALSE, TRUE, FALSE, 'manual');
INSERT INTO system_classification (system_id, confidentiality, integrity, availability, decided_on)
    VALUES ('sys_0000000000000000000000000a', 4, 4, 4, '2025-01-01');
INSERT INTO segment (id, source, external_id, name, name_sort, name_search, system_id,
    organisation_id, environment, patient_data) VALUES
    ('seg_0000000000000000000000000a', 't', 'cosmic-app', 'Cosmic app', 'a', 'cosmic app',
     'sys_0000000000000000000000000a', 'org_0000000000000000000000000c', 'production', TRUE),
    ('seg_0000000000000000000000000b', 't', 'diver-app', 'Diver app', 'b', 'diver app',
     'sys_0000000000000000000000000b', 'org_0000000000000000000000000c', 'test', FALSE),
    ('seg_0000000000000000000000000c', 't', 'ad', 'Directory', 'c', 'directory', NULL,
     'org_0000000000000000000000000b', 'production', FALSE);
INSERT INTO segment_control (controller_id, controlled_id) VALUES
    ('seg_0000000000000000000000000c', 'seg_0000000000000000000000000a');
INSERT INTO server (id, source, external_id, segment_id, operating_system) VALUES
    ('srv_0000000000000000000000000a', 't', 'app-1', 'seg_0000000000000000000000000a', 'Linux'),
    ('srv_0000000000000000000000000b', 't', 'app-2', 'seg_0000000000000000000000000b', 'Linux'),
    ('srv_0000000000000000000000000c', 't', 'dc-1', 'seg_0000000000000000000000000c', 'Windows');
INSERT INTO "database" (id, source, external_id, name, name_sort, name_search, system_id, server_id)
    VALUES
    ('dbs_0000000000000000000000000a', 't', 'db-a', 'Cosmic', 'a', 'cosmic',
     'sys_0000000000000000000000000a', 'srv_0000000000000000000000000a'),
    ('dbs_0000000000000000000000000b', 't', 'db-b', 'Diver', 'b', 'diver',
     'sys_0000000000000000000000000b', 'srv_0000000000000000000000000b');
INSERT INTO service (id, source, external_id, name, name_sort, name_search, organisation_id,
    from_date) VALUES
    ('svc_0000000000000000000000000a', 't', 'everywhere', 'E', 'a', 'e',
     'org_0000000000000000000000000a', '2020-01-01'),
    ('svc_0000000000000000000000000b', 't', 'in-region', 'R', 'b', 'r',
     'org_0000000000000000000000000a', '2020-01-01'),
    ('svc_0000000000000000000000000c', 't', 'in-akut', 'A', 'c', 'a',
     'org_0000000000000000000000000b', '2020-01-01'),
    ('svc_0000000000000000000000000d', 't', 'in-cosmic', 'C', 'd', 'c',
     'org_0000000000000000000000000c', '2020-01-01'),
    ('svc_0000000000000000000000000e', 't', 'in-segment', 'S', 'e', 's',
     'org_0000000000000000000000000v', '2020-01-01'),
    ('svc_0000000000000000000000000f', 't', 'in-database', 'D', 'f', 'd',
     'org_0000000000000000000000000b', '2020-01-01'),
    ('svc_0000000000000000000000000g', 't', 'nowhere', 'N', 'g', 'n',
     'org_0000000000000000000000000b', '2020-01-01');
INSERT INTO account (id, source, external_id, kind, name, name_sort, name_search, system_id) VALUES
    ('acc_0000000000000000000000000a', 't', 'a-1', 'local', 'root', 'a', 'root',
     'sys_0000000000000000000000000a'),
    ('acc_0000000000000000000000000b', 't', 'a-2', 'directory', 'backup', 'b', 'backup', NULL);
INSERT INTO permission (id, system_id, system_key, name, category, privileged) VALUES
    ('prm_000000000000000000000000aa', 'sys_0000000000000000000000000a',
     'sys_0000000000000000000000000a', 'record:read', 'use', FALSE);
INSERT INTO role (id, source, external_id, name, name_sort, name_search, system_id, system_key,
    privileged, patient_data) VALUES
    ('rol_0000000000000000000000000a', 't', 'lakare', 'Läkare', 'b', 'läkare',
     'sys_0000000000000000000000000a', 'sys_0000000000000000000000000a', FALSE, TRUE),
    ('rol_0000000000000000000000000b', 't', 'reader', 'Reader', 'a', 'reader', NULL, '', FALSE,
     FALSE);
INSERT INTO role_permission (role_id, permission_id, system_key) VALUES
    ('rol_0000000000000000000000000a', 'prm_000000000000000000000000aa',
     'sys_0000000000000000000000000a');
INSERT INTO role_permission (role_id, permission_id, system_key)
    SELECT 'rol_0000000000000000000000000b', id, '' FROM permission WHERE name IN
    ('organisation:read', 'person:read', 'service:read', 'system:read', 'server:read', 'role:read',
     'grant:read', 'decision:read', 'reach:read');
INSERT INTO role_grant (id, source, external_id, person_id, service_id, engagement_id, role_id,
    scope_kind, organisation_id, system_id, segment_id, database_id, needs_and_risk_analysis,
    from_date, until_date, origin) VALUES
    ('grt_0000000000000000000000000a', 't', 'g-a', NULL, 'svc_0000000000000000000000000a', NULL,
     'rol_0000000000000000000000000b', 'installation', NULL, NULL, NULL, NULL, NULL, '2020-01-01',
     NULL, 'order'),
    ('grt_0000000000000000000000000b', 't', 'g-b', NULL, 'svc_0000000000000000000000000b', NULL,
     'rol_0000000000000000000000000b', 'organisation', 'org_0000000000000000000000000a', NULL, NULL,
     NULL, NULL, '2020-01-01', NULL, 'order'),
    ('grt_0000000000000000000000000c', 't', 'g-c', NULL, 'svc_0000000000000000000000000c', NULL,
     'rol_0000000000000000000000000b', 'organisation', 'org_0000000000000000000000000b', NULL, NULL,
     NULL, NULL, '2020-01-01', NULL, 'order'),
    ('grt_0000000000000000000000000d', 't', 'g-d', NULL, 'svc_0000000000000000000000000d', NULL,
     'rol_0000000000000000000000000b', 'system', NULL, 'sys_0000000000000000000000000a', NULL, NULL,
     NULL, '2020-01-01', NULL, 'order'),
    ('grt_0000000000000000000000000e', 't', 'g-e', NULL, 'svc_0000000000000000000000000e', NULL,
     'rol_0000000000000000000000000b', 'segment', NULL, NULL, 'seg_0000000000000000000000000a',
     NULL, NULL, '2020-01-01', NULL, 'order'),
    ('grt_0000000000000000000000000f', 't', 'g-f', NULL, 'svc_0000000000000000000000000f', NULL,
     'rol_0000000000000000000000000b', 'database', NULL, NULL, NULL,
     'dbs_0000000000000000000000000a', NULL, '2020-01-01', NULL, 'order'),
    ('grt_0000000000000000000000000g', 't', 'g-g', 'per_0000000000000000000000000a', NULL,
     'eng_0000000000000000000000000a', 'rol_0000000000000000000000000b', 'organisation',
     'org_0000000000000000000000000b', NULL, NULL, NULL, NULL, '2020-01-01', NULL, 'order'),
    ('grt_0000000000000000000000000h', 't', 'g-h', 'per_0000000000000000000000000b', NULL,
     'eng_0000000000000000000000000b', 'rol_0000000000000000000000000a', 'organisation',
     'org_0000000000000000000000000b', NULL, NULL, NULL, 'NRA-1', '2020-01-01', '2026-11-20',
     'baseline'),
    ('grt_0000000000000000000000000j', 't', 'g-j', 'per_0000000000000000000000000c', NULL, NULL,
     'rol_0000000000000000000000000a', 'system', NULL, 'sys_0000000000000000000000000a', NULL, NULL,
     NULL, '2020-01-01', NULL, 'baseline');
INSERT INTO import_flag (flag, entity_id, detail) VALUES
    ('trainingMissing', 'per_0000000000000000000000000c', NULL),
    ('trainingMissing', 'per_0000000000000000000000000v', NULL),
    ('patientGrantWithoutAnalysis', 'grt_0000000000000000000000000j', 'Läkare');
