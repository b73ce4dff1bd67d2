//! A house with one log and one register, and whoever asks it.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use serde_json::{Value, json};

use crate::document::Asked;
use crate::execute::{Execute, ExecuteError, Readiness, RequestMeta};
use crate::executor::Executor;
use crate::limits::Limits;
use crate::page::Cursors;
use crate::schema;
use crate::tests::house::found;
use audit::{Database, Log, LogOptions, OpenOptions};
use authn::{
    Claimant, ClientAuthentication, DemoIssuer, Subject, TokenOrder, TokenSettings, Verifier,
};
use domain::clock::{Clock, FixedClock};
use domain::{Calendar, Instant};
use gate::{Gate, Policies};
use policy::PolicySet;
use service::authorize::Asking;
use service::session::Desk;
use service::sign_in::SignInWords;

const REGISTER: &str = "
INSERT INTO organisation (id, hsa_id, source, name, name_sort, name_search, kind, authority,
    care_provider, parent_id) VALUES
    ('org_0000000000000000000000000a', 'SE2321000016-1000', 't', 'Nämnden', 'a', 'nämnden',
     'authority', TRUE, TRUE, 'org_00000000000000000000000001'),
    ('org_0000000000000000000000000b', 'SE2321000016-2000', 't', 'Enheten', 'b', 'enheten',
     'unit', FALSE, FALSE, 'org_0000000000000000000000000a');
INSERT INTO individual (id, source, external_key) VALUES
    ('ind_0000000000000000000000000a', 't', 'a');
INSERT INTO person (id, hsa_id, source, individual_id, given_name, family_name, name_sort,
    name_search, training_completed_on) VALUES
    ('per_0000000000000000000000000a', 'SE2321000016-3000', 't', 'ind_0000000000000000000000000a',
     'Anna', 'Lind', 'a', 'anna lind', '2026-11-01');
INSERT INTO engagement (id, source, external_id, person_id, kind, employer_id, unit_id, from_date)
    VALUES ('eng_0000000000000000000000000a', 't', 'e-1', 'per_0000000000000000000000000a',
    'employee', 'org_0000000000000000000000000a', 'org_0000000000000000000000000b', '2020-01-01');
INSERT INTO system (id, source, external_id, name, name_sort, name_search, organisation_id,
    patient_data, personal_data, business_critical, enforcement) VALUES
    ('sys_0000000000000000000000000a', 't', 'cosmic', 'Cosmic', 'a', 'cosmic',
     'org_0000000000000000000000000a', TRUE, TRUE, TRUE, 'runtime'),
    ('sys_0000000000000000000000000b', 't', 'diver', 'Diver', 'b', 'diver',
     'org_0000000000000000000000000a', TRUE, TRUE, TRUE, 'runtime');
INSERT INTO permission (id, system_id, system_key, name, category, privileged) VALUES
    ('prm_000000000000000000000000aa', 'sys_0000000000000000000000000a',
     'sys_0000000000000000000000000a', 'record:read', 'use', FALSE);
INSERT INTO role (id, source, external_id, name, name_sort, name_search, system_id, system_key,
    privileged, patient_data) VALUES
    ('rol_0000000000000000000000000a', 't', 'lakare', 'Läkare', 'a', 'läkare',
     'sys_0000000000000000000000000a', 'sys_0000000000000000000000000a', FALSE, TRUE),
    ('rol_0000000000000000000000000b', 't', 'flow', 'Flöde', 'b', 'flöde', NULL, '', TRUE, FALSE);
INSERT INTO role_permission (role_id, permission_id, system_key) VALUES
    ('rol_0000000000000000000000000a', 'prm_000000000000000000000000aa',
     'sys_0000000000000000000000000a');
INSERT INTO role_permission (role_id, permission_id, system_key)
    SELECT 'rol_0000000000000000000000000b', id, '' FROM permission WHERE name IN
    ('organisation:read', 'person:read', 'role:read', 'grant:read', 'grant:provision',
     'grant:revoke', 'decision:ask', 'system:read', 'service:read');
INSERT INTO service (id, source, external_id, name, name_sort, name_search, organisation_id,
    from_date, trusted_to_assert) VALUES
    ('svc_0000000000000000000000000a', 't', 'iam', 'IAM', 'a', 'iam',
     'org_0000000000000000000000000a', '2020-01-01', TRUE);
INSERT INTO role_grant (id, source, external_id, service_id, role_id, scope_kind, from_date, origin)
    VALUES ('grt_0000000000000000000000000a', 't', 'g-1', 'svc_0000000000000000000000000a',
    'rol_0000000000000000000000000b', 'installation', '2020-01-01', 'order');
";

pub(super) struct House {
    pub(super) executor: Executor,
    pub(super) caller: Claimant,
    pub(super) raw: DatabaseConnection,
    pub(super) database: Database,
    pub(super) clock: Arc<FixedClock>,
    pub(super) policies: PolicySet,
    pub(super) issuer: DemoIssuer,
    pub(super) verifier: Arc<Verifier>,
    pub(super) _directory: tempfile::TempDir,
}

pub(super) fn now() -> Instant {
    "2026-11-22T08:00:00Z".parse().unwrap()
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test lays the register down by hand"
)]
async fn raw(url: &str) -> DatabaseConnection {
    sea_orm::Database::connect(url).await.unwrap()
}

impl House {
    pub(super) async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", directory.path().join("b.db").display());
        Self::at(&url, directory).await
    }

    /// One on each kind of database there is.
    pub(super) async fn everywhere() -> Vec<Self> {
        let server = test_support::postgres_url();
        let name = format!("behorig_mutations_{}", rand::random::<u32>());
        let admin = raw(&server).await;
        admin
            .execute_unprepared(&format!("CREATE DATABASE {name}"))
            .await
            .unwrap();
        let (place, _) = server.rsplit_once('/').unwrap();
        let url = format!("{place}/{name}");
        let there = Self::at(&url, tempfile::tempdir().unwrap()).await;
        vec![Self::new().await, there]
    }

    pub(super) async fn at(url: &str, directory: tempfile::TempDir) -> Self {
        let options = OpenOptions {
            create: true,
            ..OpenOptions::default()
        };
        let database = Database::open(&url.parse().unwrap(), options)
            .await
            .unwrap();
        database.migrate().await.unwrap();
        let clock = Arc::new(FixedClock::at(now()));
        let policies = PolicySet::embedded().unwrap();
        found(&database, clock.as_ref(), &policies).await;
        let raw = raw(url).await;
        raw.execute_unprepared(REGISTER).await.unwrap();
        let issuer = DemoIssuer::open(directory.path()).unwrap();
        let mut trusted = issuer.settings();
        let clients = ["iam", "egen", "annan"].map(str::to_owned);
        trusted.clients = clients
            .map(|client| (client, ClientAuthentication::PrivateKeyJwt))
            .into();
        let settings = TokenSettings {
            issuers: vec![trusted],
            ..TokenSettings::default()
        };
        let words = SignInWords::of(&settings);
        let verifier = Arc::new(Verifier::start(settings).await.unwrap());
        let order = TokenOrder::new(Subject::Service("iam".parse().unwrap()));
        let token = issuer.issue(&order, now()).unwrap();
        let caller = verifier.authenticate(&token, now()).await.unwrap();
        let log = Log::open(
            database.clone(),
            clock.clone(),
            LogOptions {
                deadline: Duration::from_secs(20),
                ..LogOptions::default()
            },
        );
        let log = log.await.unwrap();
        log.tell_rows(|_| true).await.unwrap();
        let gate = Arc::new(Gate::new(
            clock.clone(),
            Policies {
                set: policies.clone(),
                generation: 1,
            },
        ));
        let desk = Arc::new(Desk::new(
            database.clone(),
            log,
            gate,
            clock.clone(),
            Calendar::default(),
            Duration::from_secs(30),
        ));
        let schema = schema(Limits::default(), Cursors::new([0; 32]), true).unwrap();
        let asking = Asking {
            verifier: Arc::clone(&verifier),
            words: Arc::new(words),
        };
        let ready = Arc::new(|| async { Readiness::new() }.boxed());
        let executor = Executor::new(schema, desk, asking, ready);
        Self {
            executor,
            caller,
            raw,
            database,
            clock,
            policies,
            issuer,
            verifier,
            _directory: directory,
        }
    }

    /// Lays rows down by hand, and has the log tell them.
    pub(super) async fn lay_down(&self, sql: &str) {
        self.raw.execute_unprepared(sql).await.unwrap();
        let (database, clock) = (self.database.clone(), self.clock.clone());
        let log = Log::open(database, clock, LogOptions::default()).await;
        log.unwrap().tell_rows(|_| true).await.unwrap();
    }

    pub(super) async fn try_ask(
        &self,
        document: &str,
        input: &Value,
    ) -> Result<Value, ExecuteError> {
        self.ask_by(self.caller.clone(), document, input).await
    }

    /// The same by somebody else, who has just signed in.
    pub(super) async fn ask_as(
        &self,
        subject: Subject,
        document: &str,
        input: &Value,
    ) -> Result<Value, ExecuteError> {
        let now = self.clock.now();
        let token = self.issuer.issue(&TokenOrder::new(subject), now).unwrap();
        let caller = self.verifier.authenticate(&token, now).await.unwrap();
        self.ask_by(caller, document, input).await
    }

    pub(super) async fn ask_by(
        &self,
        caller: Claimant,
        document: &str,
        input: &Value,
    ) -> Result<Value, ExecuteError> {
        let asked = Asked::of(document, json!({ "input": input }));
        let prepared = match self.executor.prepare(&asked) {
            Ok(prepared) => prepared,
            Err(errors) => return Ok(json!({ "errors": errors })),
        };
        let meta = RequestMeta {
            request_id: "req-1".to_owned(),
            trace_id: "0123456789abcdef0123456789abcdef".to_owned(),
            received_at: self.clock.now(),
            client: None,
            network_zone: None,
            accept_language: Some("sv".to_owned()),
            waiting: crate::execute::Waiting::always(),
        };
        let sealed = self.executor.execute(prepared, caller, meta).await?;
        Ok(serde_json::to_value(sealed.into_response()).unwrap())
    }

    pub(super) async fn ask(&self, document: &str, input: &Value) -> Value {
        self.try_ask(document, input).await.unwrap()
    }

    pub(super) async fn number(&self, sql: &str) -> i64 {
        let statement = Statement::from_string(self.raw.get_database_backend(), sql);
        let row = self.raw.query_one_raw(statement).await.unwrap().unwrap();
        row.try_get_by_index(0).unwrap()
    }

    pub(super) async fn is_recorded(&self, id: &Value) -> bool {
        let id = id.as_str().unwrap();
        assert!(id.starts_with("evt_"), "{id}");
        self.number(&format!(
            "SELECT COUNT(*) FROM audit_event WHERE event_id = '{id}'"
        ))
        .await
            == 1
    }
}
