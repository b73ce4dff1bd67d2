//! A house with one log and the register of a region, and whoever asks it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use super::super::document::Asked;
use super::super::execute::{Execute, Readiness, RequestMeta};
use super::super::executor::Executor;
use super::super::limits::Limits;
use super::super::page::Cursors;
use super::ids;
use audit::{Database, Genesis, Log, LogOptions, OpenOptions};
use authn::{
    Claimant, ClientAuthentication, DemoIssuer, Subject, TokenOrder, TokenSettings, Verifier,
};
use domain::clock::{Clock, FixedClock, fresh};
use domain::id::Event;
use domain::{Calendar, Instant};
use gate::{Gate, Policies};
use policy::PolicySet;
use service::authorize::Asking;
use service::session::Desk;
use service::sign_in::SignInWords;
use transparency::event::{Change, PolicyEvent};

const REGION: &str = include_str!("region.sql");

pub(super) const ANNA: &str = "SE2321000016-3000";

pub(super) const BO: &str = "SE2321000016-3001";

pub(super) const CALLERS: [&str; 9] = [
    "everywhere",
    "in-region",
    "in-akut",
    "in-cosmic",
    "in-segment",
    "in-database",
    "nowhere",
    ANNA,
    BO,
];

pub(super) struct House {
    pub(super) executor: Executor,
    pub(super) desk: Arc<Desk>,
    pub(super) issuer: DemoIssuer,
    pub(super) verifier: Arc<Verifier>,
    pub(super) clock: Arc<FixedClock>,
    pub(super) directory: tempfile::TempDir,
}

pub(super) fn now() -> Instant {
    "2026-11-22T08:00:00Z".parse().unwrap()
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test lays the register down by hand"
)]
async fn lay_down(url: &str) {
    let raw = sea_orm::Database::connect(url).await.unwrap();
    raw.execute_unprepared(REGION).await.unwrap();
}

pub(crate) async fn found(database: &Database, clock: &dyn Clock, policies: &PolicySet) {
    let genesis = Genesis {
        id: fresh::<Event>(clock),
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
            as BoxFuture<'_, Result<((), Vec<Change>), sea_orm::DbErr>>
    })
    .await
    .unwrap();
}

impl House {
    pub(super) async fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", directory.path().join("b.db").display());
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
        lay_down(&url).await;
        let issuer = DemoIssuer::open(directory.path()).unwrap();
        let mut trusted = issuer.settings();
        trusted.clients = CALLERS
            .iter()
            .map(|name| ((*name).to_owned(), ClientAuthentication::PrivateKeyJwt))
            .collect();
        let settings = TokenSettings {
            issuers: vec![trusted],
            ..TokenSettings::default()
        };
        let words = Arc::new(SignInWords::of(&settings));
        let verifier = Arc::new(Verifier::start(settings).await.unwrap());
        let deadline = Duration::from_secs(20);
        let log_options = LogOptions {
            deadline,
            ..LogOptions::default()
        };
        let log = Log::open(database.clone(), clock.clone(), log_options)
            .await
            .unwrap();
        log.tell_rows(|_| true).await.unwrap();
        let gate = Arc::new(Gate::new(
            clock.clone(),
            Policies {
                set: policies,
                generation: 1,
            },
        ));
        let desk = Desk::new(
            database,
            log,
            gate,
            clock.clone(),
            Calendar::default(),
            deadline,
        );
        let limits = Limits {
            complexity: 100_000,
            ..Limits::default()
        };
        let desk = Arc::new(desk);
        let executor = Executor::new(
            crate::schema(limits, Cursors::new([7; 32]), true).unwrap(),
            Arc::clone(&desk),
            Asking {
                verifier: Arc::clone(&verifier),
                words,
            },
            Arc::new(|| async { Readiness::new() }.boxed()),
        );
        Self {
            executor,
            desk,
            issuer,
            verifier,
            clock,
            directory,
        }
    }

    /// Whose token is verified, and what is known of the request.
    pub(super) async fn calling(&self, caller: &str) -> (Claimant, RequestMeta) {
        let subject = match caller.parse() {
            Ok(hsa_id) => Subject::Person(hsa_id),
            Err(_) => Subject::Service(caller.parse().unwrap()),
        };
        let token = self.issuer.issue(&TokenOrder::new(subject), now()).unwrap();
        let claimant = self.verifier.authenticate(&token, now()).await.unwrap();
        let meta = RequestMeta {
            request_id: "req-1".to_owned(),
            trace_id: "0123456789abcdef0123456789abcdef".to_owned(),
            received_at: now(),
            client: None,
            network_zone: None,
            accept_language: Some("sv".to_owned()),
            waiting: crate::execute::Waiting::always(),
        };
        (claimant, meta)
    }

    pub(super) async fn answer(&self, caller: &str, document: &str, variables: Value) -> Value {
        let (claimant, meta) = self.calling(caller).await;
        let prepared = self.executor.prepare(&Asked::of(document, variables));
        let prepared = match prepared {
            Ok(prepared) => prepared,
            Err(errors) => return json!({ "errors": errors }),
        };
        let sealed = self
            .executor
            .execute(prepared, claimant, meta)
            .await
            .unwrap();
        serde_json::to_value(sealed.into_response()).unwrap()
    }

    pub(super) async fn data(&self, caller: &str, document: &str, variables: Value) -> Value {
        let mut answer = self.answer(caller, document, variables).await;
        assert_eq!(answer.get("errors"), None, "{caller}: {document}: {answer}");
        answer["data"].take()
    }

    /// The ids of a whole list, with the count that it gives itself.
    pub(super) async fn listed(&self, caller: &str, list: &str) -> (BTreeSet<String>, usize) {
        let document = format!("{{ {list}(first: 200) {{ totalCount nodes {{ id }} }} }}");
        let data = self.data(caller, &document, json!({})).await;
        let total = data[list]["totalCount"].as_u64().unwrap();
        (ids(&data[list]["nodes"]), usize::try_from(total).unwrap())
    }
}
