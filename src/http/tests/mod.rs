//! The server over a real socket, with a small schema in place of the service.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_graphql::{Object, PathSegment, Schema};
use futures_util::StreamExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::Notify;

mod answers;
mod bundles;
mod requests;
mod streams;

use super::*;
use ::graphql::document::{Asked, Documents, Prepared};
use ::graphql::errors::{ErrorCode, says};
use ::graphql::execute::{
    BrokenOff, Delivery, ExecuteError, Lines, Piece, Pieces, Readiness, RequestMeta, Sealed,
    WantedBundle, WantedEvents,
};
use authn::{Claimant, DemoIssuer, Subject, TokenOrder, TokenSettings};
use domain::clock::FixedClock;
use domain::{Instant, Words};

const NOW: Instant = Instant::from_seconds(1_790_000_000);

/// What is said where it is not what is tried.
const SAID: Words = Words::new("not for you", "Inte för dig.");

struct Query;

#[Object]
impl Query {
    async fn greeting(&self, name: Option<String>) -> String {
        format!("Hej {}", name.unwrap_or_default())
    }

    /// Refused for weak sign-in the way fields below the root are: null, and an error beside it.
    async fn weak(
        &self,
        ctx: &async_graphql::Context<'_>,
        #[graphql(default = 3)] level: u8,
        #[graphql(default = 900)] age: u32,
    ) -> Option<String> {
        let mut refused = says(
            ErrorCode::InsufficientUserAuthentication,
            SAID,
            Some(ctx.item.pos),
        );
        if let Some(extensions) = refused.extensions.as_mut() {
            let known = [(3, "http://id.sambi.se/loa/loa3"), (4, "urn:loa:4")];
            let enough = known.iter().filter(|(stands_for, _)| *stands_for >= level);
            let enough: Vec<&str> = enough.map(|(_, acr)| *acr).collect();
            extensions.set("acrValues", enough);
            extensions.set("maxAgeSeconds", age);
        }
        let path = ctx
            .path_node
            .map(async_graphql::QueryPathNode::to_string_vec);
        let path = path.into_iter().flatten().map(PathSegment::Field);
        ctx.add_error(refused.with_path(path.collect()));
        None
    }

    #[expect(clippy::unused_async, reason = "the schema takes only async resolvers")]
    async fn refused(&self) -> async_graphql::Result<String> {
        let refused = says(ErrorCode::Forbidden, SAID, None);
        Err(async_graphql::Error {
            message: refused.message,
            source: None,
            extensions: refused.extensions,
        })
    }

    async fn panics(&self) -> Option<String> {
        assert!(std::hint::black_box(false), "hunter2");
        None
    }

    async fn hangs(&self) -> Option<String> {
        std::future::pending().await
    }
}

struct Mutation(Arc<Stub>);

#[Object]
impl Mutation {
    async fn touch(&self) -> bool {
        self.0.begun.notify_one();
        self.0.go_on.notified().await;
        self.0.touched.fetch_add(1, Ordering::SeqCst);
        self.0.done.notify_one();
        true
    }
}

#[derive(Default)]
struct Stub {
    begun: Notify,
    go_on: Notify,
    done: Notify,
    touched: AtomicUsize,
    failing: std::sync::Mutex<Option<ExecuteError>>,
    not_ready: std::sync::atomic::AtomicBool,
    differs: std::sync::atomic::AtomicBool,
    /// How often somebody has looked.
    looks: AtomicUsize,
    /// What the next subscription gives; nothing, for ever, when it is empty.
    deliveries: std::sync::Mutex<Option<BoxStream<'static, Delivery>>>,
    /// What the next bundle begins with; what was asked for, when it is `None`.
    first_piece: std::sync::Mutex<Option<Piece>>,
    /// What the next bundle has after its first piece.
    pieces: std::sync::Mutex<Option<BoxStream<'static, Piece>>>,
    /// After what it was taken up.
    resumed: std::sync::Mutex<Option<u64>>,
}

/// What is followed is given by the stub, not by this.
struct Subscription;

#[async_graphql::Subscription]
impl Subscription {
    async fn told(&self) -> stream::Empty<i32> {
        stream::empty()
    }
}

struct Wired {
    schema: Schema<Query, Mutation, Subscription>,
    documents: Documents,
    stub: Arc<Stub>,
}

impl Execute for Wired {
    fn prepare(&self, asked: &Asked) -> Result<Prepared, Vec<async_graphql::ServerError>> {
        self.documents.prepare(asked)
    }

    fn execute(
        &self,
        prepared: Prepared,
        _caller: Claimant,
        meta: RequestMeta,
    ) -> BoxFuture<'static, Result<Sealed, ExecuteError>> {
        assert!(meta.client.is_some() && meta.trace_id.len() == 32);
        let schema = self.schema.clone();
        let failing = self.stub.failing.lock().unwrap().clone();
        Box::pin(async move {
            if let Some(error) = failing {
                return Err(error);
            }
            let resolved = schema.execute(prepared.request()).await;
            Ok(Sealed::for_test(prepared.answer(resolved)))
        })
    }

    fn subscribe(
        &self,
        _prepared: Prepared,
        _caller: Claimant,
        _meta: RequestMeta,
        resumed: Option<u64>,
    ) -> BoxStream<'static, Delivery> {
        *self.stub.resumed.lock().unwrap() = resumed;
        let deliveries = self.stub.deliveries.lock().unwrap().take();
        deliveries.unwrap_or_else(|| stream::pending().boxed())
    }

    fn events(
        &self,
        _wanted: WantedEvents,
        _caller: Claimant,
        _meta: RequestMeta,
    ) -> BoxFuture<'static, Result<Sealed<Lines>, ExecuteError>> {
        let failing = self.stub.failing.lock().unwrap().clone();
        let refused = says(ErrorCode::NotFound, SAID, None);
        Box::pin(async move { failing.map_or(Ok(Sealed::for_test(Err(refused))), Err) })
    }

    fn bundle(
        &self,
        wanted: WantedBundle,
        _caller: Claimant,
        _meta: RequestMeta,
    ) -> BoxFuture<'static, Result<Sealed<Pieces>, ExecuteError>> {
        let first = self.stub.first_piece.lock().unwrap().take();
        let asked = format!("{} {:?}\n", wanted.from, wanted.to).into_bytes();
        let first = first.unwrap_or(Ok(asked));
        let pieces = self.stub.pieces.lock().unwrap().take();
        let pieces = stream::iter([first]).chain(pieces.unwrap_or_else(|| stream::empty().boxed()));
        Box::pin(async move { Ok(Sealed::for_test(Ok(pieces.boxed()))) })
    }

    fn sdl(&self) -> String {
        self.schema.sdl()
    }

    fn checkpoint(&self) -> BoxFuture<'_, Result<Option<String>, ExecuteError>> {
        let failing = self.stub.failing.lock().unwrap().clone();
        Box::pin(async move { failing.map_or(Ok(None), Err) })
    }

    fn readiness(&self) -> BoxFuture<'_, Readiness> {
        self.stub.looks.fetch_add(1, Ordering::SeqCst);
        let ready = !self.stub.not_ready.load(Ordering::SeqCst);
        let differs = self.stub.differs.load(Ordering::SeqCst);
        Box::pin(async move {
            let readiness = Readiness::new().with("database", ready);
            readiness.warning("register", differs)
        })
    }
}

struct Server {
    _directory: TempDir,
    issuer: DemoIssuer,
    stub: Arc<Stub>,
    url: String,
    client: reqwest::Client,
    stop: Arc<Notify>,
    ended: tokio::task::JoinHandle<std::io::Result<()>>,
}

async fn server() -> Server {
    server_with(|_| {}).await
}

async fn server_with(change: impl FnOnce(&mut HttpSettings)) -> Server {
    let directory = tempfile::tempdir().unwrap();
    let issuer = DemoIssuer::open(directory.path()).unwrap();
    let tokens = TokenSettings {
        issuers: vec![issuer.settings()],
        ..TokenSettings::default()
    };
    let verifier = Arc::new(Verifier::start(tokens).await.unwrap());
    let stub = Arc::new(Stub::default());
    let schema = Schema::build(Query, Mutation(Arc::clone(&stub)), Subscription).finish();
    let wired = Wired {
        documents: Documents::new(&schema.sdl(), Limits::default(), true).unwrap(),
        schema,
        stub: Arc::clone(&stub),
    };
    let mut settings = HttpSettings {
        person_requests_per_second: 10_000,
        failed_sign_ins_per_second: 10_000,
        notice: Duration::ZERO,
        ..HttpSettings::default()
    };
    change(&mut settings);
    let clock = Arc::new(FixedClock::at(NOW));
    let edge = Edge::new(
        Arc::new(wired),
        verifier,
        clock,
        settings,
        Limits::default(),
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let stop = Arc::new(Notify::new());
    let stopped = Arc::clone(&stop);
    #[expect(clippy::disallowed_methods, reason = "the server beside the test")]
    let ended = tokio::spawn(serve(
        listener,
        edge,
        stream::repeat(()).then(move |()| {
            let stopped = Arc::clone(&stopped);
            async move { stopped.notified().await }
        }),
    ));
    Server {
        _directory: directory,
        issuer,
        stub,
        url,
        client: reqwest::Client::builder().no_proxy().build().unwrap(),
        stop,
        ended,
    }
}

struct Answer {
    status: u16,
    headers: reqwest::header::HeaderMap,
    body: Value,
}

impl Answer {
    async fn of(request: reqwest::RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: serde_json::from_slice(&response.bytes().await.unwrap()).unwrap(),
        }
    }

    fn code(&self) -> &str {
        self.body["errors"][0]["extensions"]["code"]
            .as_str()
            .unwrap()
    }

    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

const NEW_TYPE: &str = "application/graphql-response+json";

impl Server {
    fn token(&self) -> String {
        let person = Subject::Person("TSTNMT2321000001-1001".parse().unwrap());
        self.issuer.issue(&TokenOrder::new(person), NOW).unwrap()
    }

    fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url))
    }

    fn post(&self, body: impl Into<reqwest::Body>) -> reqwest::RequestBuilder {
        self.request(reqwest::Method::POST, "/graphql")
            .bearer_auth(self.token())
            .header("content-type", "application/json")
            .header("accept", NEW_TYPE)
            .body(body)
    }

    async fn ask(&self, query: &str) -> Answer {
        Answer::of(self.post(json!({ "query": query }).to_string())).await
    }
}
