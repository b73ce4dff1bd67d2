//! Mutations from the request to the log, on an embedded database of their own, and the longest of them
//! on both databases.
//!
//! `iam` provisions grants and asks for decisions; Anna works in the unit and holds nothing yet.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use serde_json::{Value, json};

use crate::document::Asked;
use crate::execute::{Execute, ExecuteError, Readiness, RequestMeta};
use crate::executor::Executor;
use crate::limits::Limits;
use crate::page::Cursors;
use crate::schema;
use audit::{Database, Genesis, Log, LogOptions, OpenOptions};
use authn::{
    Claimant, ClientAuthentication, DemoIssuer, Subject, TokenOrder, TokenSettings, Verifier,
};
use domain::clock::{Clock, FixedClock, fresh};
use domain::id::{Event, EventId};
use domain::{Calendar, Instant};
use gate::{Gate, Policies};
use policy::PolicySet;
use service::authorize::Asking;
use service::session::Desk;
use service::sign_in::SignInWords;
use transparency::event::{ChangeEvent, PolicyEvent};

mod alone;

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

struct House {
    executor: Executor,
    caller: Claimant,
    raw: DatabaseConnection,
    database: Database,
    clock: Arc<FixedClock>,
    policies: PolicySet,
    issuer: DemoIssuer,
    verifier: Arc<Verifier>,
    _directory: tempfile::TempDir,
}

fn now() -> Instant {
    "2026-11-22T08:00:00Z".parse().unwrap()
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test lays the register down by hand"
)]
async fn raw(url: &str) -> DatabaseConnection {
    sea_orm::Database::connect(url).await.unwrap()
}

async fn found(database: &Database, clock: &dyn Clock, policies: &PolicySet) {
    let id: EventId = fresh::<Event>(clock);
    let genesis = Genesis {
        id,
        origin: "behorig.test".to_owned(),
        public_key: "test".to_owned(),
        policy: PolicyEvent {
            id: fresh::<Event>(clock),
            change: "release",
            generation: 1,
            digest: policies.digest().to_owned(),
            decision: None,
        },
    };
    Log::genesis(database, clock, genesis, |_| {
        async { Ok(((), Vec::new())) }.boxed()
            as BoxFuture<'_, Result<((), Vec<ChangeEvent>), sea_orm::DbErr>>
    })
    .await
    .unwrap();
}

impl House {
    async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", directory.path().join("b.db").display());
        Self::at(&url, directory).await
    }

    /// One on each kind of database there is.
    async fn everywhere() -> Vec<Self> {
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

    async fn at(url: &str, directory: tempfile::TempDir) -> Self {
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
        let gate = Arc::new(Gate::new(
            clock.clone(),
            Policies {
                set: policies.clone(),
                generation: 1,
            },
        ));
        let desk = Arc::new(Desk::new(
            database.clone(),
            log.await.unwrap(),
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

    async fn try_ask(&self, document: &str, input: &Value) -> Result<Value, ExecuteError> {
        self.ask_by(self.caller.clone(), document, input).await
    }

    /// The same by somebody else, who has just signed in.
    async fn ask_as(
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

    async fn ask_by(
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

    async fn ask(&self, document: &str, input: &Value) -> Value {
        self.try_ask(document, input).await.unwrap()
    }

    async fn number(&self, sql: &str) -> i64 {
        let statement = Statement::from_string(self.raw.get_database_backend(), sql);
        let row = self.raw.query_one_raw(statement).await.unwrap().unwrap();
        row.try_get_by_index(0).unwrap()
    }

    async fn is_recorded(&self, id: &Value) -> bool {
        let id = id.as_str().unwrap();
        assert!(id.starts_with("evt_"), "{id}");
        self.number(&format!(
            "SELECT COUNT(*) FROM audit_event WHERE event_id = '{id}'"
        ))
        .await
            == 1
    }
}

const CREATE: &str = "mutation ($input: CreateGrantInput!) { createGrant(input: $input) {
    grant { id } errors { code path } decision { id outcome permission } } }";
const REVOKE: &str = "mutation ($input: RevokeGrantInput!) { revokeGrant(input: $input) {
    grant { id } errors { code path } decision { id } } }";
const AUTHORIZE: &str = "mutation ($input: AuthorizeInput!) { authorize(input: $input) {
    errors { code path }
    decision { id outcome recordedAt reasons { policyId text } matchedGrants { id }
        stepUp { acrValues maxAgeSeconds } } } }";
const MANY: &str = "mutation ($input: AuthorizeManyInput!) { authorizeMany(input: $input) {
    answers { errors { code path } decision { id outcome principal } } } }";

fn grant_for_anna() -> Value {
    json!({
        "principal": { "hsaId": "SE2321000016-3000" },
        "role": "lakare",
        "scope": { "organisation": "SE2321000016-2000" },
        "needsAndRiskAnalysis": "NRA-1",
        "justification": "Ny på enheten",
        "idempotencyKey": "0123456789abcdef"
    })
}

fn may_anna_read(level: u8) -> Value {
    json!({
        "principal": { "hsaId": "SE2321000016-3000" },
        "permission": "record:read",
        "target": { "record": { "system": "cosmic", "organisation": "SE2321000016-2000",
            "kind": "patient", "id": "b7c1f0" } },
        "assurance": { "asserted": { "acr": format!("http://id.sambi.se/loa/loa{level}"),
            "authenticatedAt": "2026-11-22T07:59:00Z" } },
        "caseReference": "C-1"
    })
}

#[tokio::test]
async fn a_grant_is_made_once_whatever_is_retried_and_counts_until_it_is_revoked() {
    for house in House::everywhere().await {
        make_retry_and_revoke(&house).await;
    }
}

async fn make_retry_and_revoke(house: &House) {
    let before = house.ask(AUTHORIZE, &may_anna_read(3)).await;
    assert_eq!(
        before["data"]["authorize"]["decision"]["outcome"], "DENY",
        "{before}"
    );

    let made = house.ask(CREATE, &grant_for_anna()).await;
    let payload = &made["data"]["createGrant"];
    assert_eq!(payload["errors"], json!([]), "{made}");
    assert_eq!(payload["decision"]["permission"], "grant:provision");
    assert!(house.is_recorded(&payload["decision"]["id"]).await);
    let grant = payload["grant"]["id"].clone();
    assert!(grant.is_string(), "{made}");

    let again = house.ask(CREATE, &grant_for_anna()).await;
    assert_eq!(again["data"], made["data"], "{again}");
    let mut other = grant_for_anna();
    other["until"] = json!("2027-12-31");
    let conflict = house.ask(CREATE, &other).await;
    assert_eq!(
        conflict["errors"][0]["extensions"]["code"], "CONFLICT",
        "{conflict}"
    );
    other["idempotencyKey"] = Value::Null;
    let same = house.ask(CREATE, &other).await;
    assert_eq!(
        same["data"]["createGrant"]["errors"][0]["code"], "ALREADY_GRANTED",
        "{same}"
    );
    assert!(
        house
            .is_recorded(&same["data"]["createGrant"]["decision"]["id"])
            .await
    );
    assert_eq!(house.number("SELECT COUNT(*) FROM role_grant").await, 2);

    let allowed = house.ask(AUTHORIZE, &may_anna_read(3)).await;
    let decision = &allowed["data"]["authorize"]["decision"];
    assert_eq!(decision["outcome"], "ALLOW", "{allowed}");
    assert_eq!(decision["matchedGrants"][0]["id"], grant, "{allowed}");
    assert_eq!(decision["recordedAt"], Value::Null);
    assert!(house.is_recorded(&decision["id"]).await);

    let revoke = json!({ "grant": grant, "reason": "Slutar" });
    let revoked = house.ask(REVOKE, &revoke).await;
    assert_eq!(
        revoked["data"]["revokeGrant"]["errors"],
        json!([]),
        "{revoked}"
    );
    let twice = house.ask(REVOKE, &revoke).await;
    let code = &twice["data"]["revokeGrant"]["errors"][0]["code"];
    assert_eq!(code, "ALREADY_REVOKED", "{twice}");
    let after = house.ask(AUTHORIZE, &may_anna_read(3)).await;
    assert_eq!(
        after["data"]["authorize"]["decision"]["outcome"], "DENY",
        "{after}"
    );
    assert_eq!(
        house
            .number("SELECT COUNT(*) FROM audit_event WHERE kind = 'change'")
            .await,
        2
    );
}

#[tokio::test]
async fn a_weak_sign_in_is_told_what_would_do() {
    let house = House::new().await;
    house.ask(CREATE, &grant_for_anna()).await;
    let weak = house.ask(AUTHORIZE, &may_anna_read(2)).await;
    let decision = &weak["data"]["authorize"]["decision"];
    assert_eq!(decision["outcome"], "DENY", "{weak}");
    let enough = json!(["http://id.sambi.se/loa/loa3", "urn:behorig:demo:loa4"]);
    assert_eq!(decision["stepUp"]["acrValues"], enough, "{weak}");
}

#[tokio::test]
async fn what_a_form_gets_wrong_is_named_by_its_field() {
    let house = House::new().await;
    let cases = [
        (
            json!({ "role": "okänd" }),
            "NOT_FOUND",
            json!(["input", "role"]),
        ),
        (
            json!({ "scope": { "organisation": "SE2321000016-9999" } }),
            "NOT_FOUND",
            json!(["input", "scope", "organisation"]),
        ),
        (
            json!({ "scope": { "system": "diver" } }),
            "SCOPE_DOES_NOT_FIT",
            json!(["input", "scope"]),
        ),
        (
            json!({ "from": "2026-12-01", "until": "2026-11-30" }),
            "DATES_OUT_OF_ORDER",
            json!(["input", "until"]),
        ),
        (
            json!({ "from": "2026-01-01", "until": "2026-02-01" }),
            "ALREADY_OVER",
            json!(["input", "until"]),
        ),
        (
            json!({ "engagement": "e-9" }),
            "NOT_FOUND",
            json!(["input", "engagement"]),
        ),
    ];
    for (change, code, path) in cases {
        let mut input = grant_for_anna();
        input
            .as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        let answer = house.ask(CREATE, &input).await;
        let error = &answer["data"]["createGrant"]["errors"][0];
        assert_eq!(error["code"], code, "{answer}");
        assert_eq!(error["path"], path, "{answer}");
    }
    assert_eq!(house.number("SELECT COUNT(*) FROM role_grant").await, 1);
}

#[tokio::test]
async fn everything_that_conflicts_with_the_register_is_told_at_once() {
    let house = House::new().await;
    let mut input = grant_for_anna();
    input["principal"] = json!({ "clientId": "iam" });
    input["scope"] = json!({ "system": "diver" });
    input["until"] = json!("2027-12-31");
    let answer = house.ask(CREATE, &input).await;
    let errors = answer["data"]["createGrant"]["errors"].as_array().unwrap();
    let told: Vec<_> = errors
        .iter()
        .map(|one| (&one["code"], &one["path"]))
        .collect();
    let (themselves, elsewhere) = (json!("EXECUTOR_IS_HOLDER"), json!("SCOPE_DOES_NOT_FIT"));
    let (principal, scope) = (json!(["input", "principal"]), json!(["input", "scope"]));
    assert_eq!(
        told,
        [(&themselves, &principal), (&elsewhere, &scope)],
        "{answer}"
    );
}

#[tokio::test]
async fn a_refused_grant_names_its_decision_and_leaves_nothing_behind() {
    let house = House::new().await;
    let mut input = grant_for_anna();
    input["role"] = json!("flow");
    let refused = house.ask(CREATE, &input).await;
    let extensions = &refused["errors"][0]["extensions"];
    assert_eq!(extensions["code"], "FORBIDDEN", "{refused}");
    assert_eq!(
        extensions["reasons"][0]["policyId"], "no-escalation",
        "{refused}"
    );
    assert!(
        extensions["reasons"][0]["text"]
            .as_str()
            .unwrap()
            .contains("godkännas"),
        "{refused}"
    );
    assert!(house.is_recorded(&extensions["decisionId"]).await);
    assert_eq!(house.number("SELECT COUNT(*) FROM role_grant").await, 1);
}

#[tokio::test]
async fn many_questions_cost_one_commit_and_keep_their_order() {
    let house = House::new().await;
    let mut second = may_anna_read(3);
    second["principal"] = json!({ "hsaId": "SE2321000016-3999" });
    let mut third = may_anna_read(3);
    third["target"]["record"]["id"] = json!("19121212-1212");
    let input = json!({ "questions": [may_anna_read(3), second, third] });
    let answer = house.ask(MANY, &input).await;
    let answers = &answer["data"]["authorizeMany"]["answers"];
    assert_eq!(
        answers[0]["decision"]["principal"], "SE2321000016-3000",
        "{answer}"
    );
    assert_eq!(
        answers[1]["decision"]["principal"], "SE2321000016-3999",
        "{answer}"
    );
    assert_eq!(
        answers[2]["errors"][0]["code"], "PERSONAL_NUMBER",
        "{answer}"
    );
    let stamps = "SELECT COUNT(DISTINCT t_us) FROM audit_event WHERE kind = 'decision'";
    assert_eq!(house.number(stamps).await, 1);
    let flood = json!({ "questions": vec![may_anna_read(3); 101] });
    let refused = house.ask(MANY, &flood).await;
    assert_eq!(
        refused["errors"][0]["extensions"]["code"], "BAD_USER_INPUT",
        "{refused}"
    );
}

#[tokio::test]
async fn a_person_is_not_asked_about_without_a_sign_in_nor_with_anothers_token() {
    let house = House::new().await;
    let mut input = may_anna_read(3);
    input["assurance"] = Value::Null;
    let bare = house.ask(AUTHORIZE, &input).await;
    let errors = &bare["data"]["authorize"]["errors"];
    assert_eq!(errors[0]["code"], "ASSURANCE_REQUIRED", "{bare}");
    input["assurance"] = json!({ "subjectToken": "not.a.token" });
    let invalid = house.ask(AUTHORIZE, &input).await;
    let errors = &invalid["data"]["authorize"]["errors"];
    assert_eq!(errors[0]["code"], "SUBJECT_TOKEN_INVALID", "{invalid}");
    input["permission"] = json!("Record Read");
    let malformed = house.ask(AUTHORIZE, &input).await;
    let extensions = &malformed["errors"][0]["extensions"];
    assert_eq!(
        extensions["inputPath"],
        json!(["input", "permission"]),
        "{malformed}"
    );
}

#[tokio::test]
async fn an_unknown_caller_is_turned_away_on_record() {
    let house = House::new().await;
    house
        .raw
        .execute_unprepared("UPDATE service SET until_date = '2026-01-01'")
        .await
        .unwrap();
    let refused = house
        .try_ask(AUTHORIZE, &may_anna_read(3))
        .await
        .unwrap_err();
    assert_eq!(refused, ExecuteError::UnknownCaller);
    assert_eq!(
        house
            .number("SELECT COUNT(*) FROM audit_event WHERE kind = 'decision'")
            .await,
        1
    );
}
