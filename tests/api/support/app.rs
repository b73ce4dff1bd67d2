//! A service over the region, and people who call it.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::Method;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::{Value, json};
use test_support::{
    Backend, Client, Issuer, Program, Response, Serving, Shapes, TestDatabase, block_on,
};

use super::register::Register;
use super::schema::Schema;
use super::{ORIGIN, Region, behorig};

/// The level of a sign-in that is enough for everything.
pub(crate) const STRONG: u8 = 3;

/// The machines of the region, all of which authenticate with a key.
const CLIENTS: [&str; 4] = ["hr-feed", "iam", "journal-gateway", "server-login"];

/// The machines whose word about people's sign-in is taken.
const TRUSTED: [&str; 2] = ["journal-gateway", "server-login"];

/// A service over a region of its own.
#[derive(Debug)]
pub(crate) struct App {
    region: Region,
    schema: Arc<OnceLock<Told>>,
    nobody: Client,
    // Before what it looks at.
    register: Register,
    serving: Serving,
    database: TestDatabase,
}

impl App {
    /// The first administrator, whom `init` names.
    pub(crate) const FIRST: &'static str = "TSTNMT2321000001-F1R5T";

    /// A service over a fresh copy of the region.
    pub(crate) fn start(backend: Backend) -> Self {
        Self::with(backend, "")
    }

    /// The same with more lines in its settings file.
    pub(crate) fn with(backend: Backend, settings: &str) -> Self {
        Self::with_keys(backend, settings, key_file)
    }

    /// The same with other lines about where the issuer's keys are.
    pub(crate) fn with_keys(
        backend: Backend,
        settings: &str,
        keys: impl FnOnce(&TestDatabase) -> String,
    ) -> Self {
        let database = TestDatabase::copy_of("region", backend, build);
        let serving = serve(&database, settings, &keys(&database));
        Self {
            region: Region::today(),
            schema: Arc::default(),
            nobody: Client::of(serving.address()),
            register: Register::at(database.url()),
            serving,
            database,
        }
    }

    /// The region that it serves.
    pub(crate) fn region(&self) -> &Region {
        &self.region
    }

    /// Its database.
    pub(crate) fn database(&self) -> &TestDatabase {
        &self.database
    }

    /// Its process.
    pub(crate) fn serving(&self) -> &Serving {
        &self.serving
    }

    /// One more process on the same database.
    pub(crate) fn another(&self) -> Serving {
        let file = self.database.directory().join("behorig.toml");
        Program::at(behorig().path()).serve(&["serve", "--config", &file.to_string_lossy()])
    }

    /// The same process as a shell starts it after that command, in place of the one that runs.
    pub(crate) fn again_after(self, command: &str) -> Self {
        let Self {
            region,
            schema,
            register,
            serving,
            database,
            ..
        } = self;
        drop(serving);
        let file = database.directory().join("behorig.toml");
        let binary = behorig().path().display().to_string();
        let file = file.display();
        let script = format!("{command}; exec '{binary}' serve --config '{file}'");
        let serving = Program::at("/bin/bash").serve(&["-c", &script]);
        Self {
            region,
            schema,
            nobody: Client::of(serving.address()),
            register,
            serving,
            database,
        }
    }

    /// Somebody with exactly that token; `None`: without one.
    pub(crate) fn bearer(&self, token: Option<String>) -> Caller {
        let client = match token {
            Some(token) => self.nobody.bearing(token),
            None => self.nobody.clone(),
        };
        Caller {
            client,
            schema: Arc::clone(&self.schema),
        }
    }

    /// Somebody without a token.
    pub(crate) fn nobody(&self) -> Caller {
        self.bearer(None)
    }

    /// A person who has just signed in with that level.
    pub(crate) fn person(&self, hsa_id: &str, level: u8) -> Caller {
        let claims = Issuer::person(hsa_id, level, Duration::from_secs(5));
        self.bearer(Some(Issuer::TRUSTED.token(&claims)))
    }

    /// A machine.
    pub(crate) fn service(&self, client_id: &str) -> Caller {
        self.bearer(Some(Issuer::TRUSTED.token(&Issuer::service(client_id))))
    }

    /// Somebody who may read everything and the log.
    pub(crate) fn auditor(&self) -> Caller {
        self.person(&self.region.only("Revisor"), STRONG)
    }

    /// The first administrator.
    pub(crate) fn first(&self) -> Caller {
        self.person(Self::FIRST, STRONG)
    }

    /// The notary looks once. The checkpoint that it prints.
    pub(crate) fn notarise(&self, create: bool) -> String {
        let file = |name: &str| {
            let path = self.database.directory().join(name);
            path.to_string_lossy().into_owned()
        };
        let (key, leaves) = (file("log-key.pem"), file("leaves"));
        let mut arguments = vec!["notary", "--once", "--database", self.database.url()];
        arguments.extend(["--key", &key, "--leaves", &leaves]);
        arguments.extend(create.then_some("--create"));
        behorig().run(&arguments).succeeded().stdout().to_owned()
    }

    /// Changes rows of the register, and has the log tell what they are then, as a change that the service makes would.
    pub(crate) async fn set(&self, sql: &str) {
        let connection = self.database.connection().await;
        connection.execute_unprepared(sql).await.expect("done");
        connection.close().await.expect("closed");
        super::register::tell(self.database.url(), sql).await;
    }

    /// Does something to the database behind the service's back.
    pub(crate) async fn tamper(&self, sql: &str) {
        self.register.tampered();
        let connection = self.database.connection().await;
        connection.execute_unprepared(sql).await.expect("done");
        connection.close().await.expect("closed");
    }

    /// The schema that it serves.
    pub(crate) async fn schema(&self) -> &Schema {
        &told(&self.nobody, &self.schema).await.schema
    }

    /// The values of one column of text, looked up behind the service's back.
    pub(crate) async fn column(&self, sql: &str) -> Vec<String> {
        column(&self.database, sql).await
    }

    /// The id of what has an external id in a table.
    pub(crate) async fn id(&self, table: &str, external_id: &str) -> String {
        let named = if matches!(table, "person" | "organisation") {
            "hsa_id"
        } else {
            "external_id"
        };
        let sql = format!("SELECT id FROM {table} WHERE {named} = '{external_id}'");
        let mut ids = self.column(&sql).await;
        assert_eq!(ids.len(), 1, "{sql}");
        ids.remove(0)
    }
}

async fn column(database: &TestDatabase, sql: &str) -> Vec<String> {
    let backend = match database.backend() {
        Backend::Sqlite => DbBackend::Sqlite,
        Backend::Postgres => DbBackend::Postgres,
    };
    let connection = database.connection().await;
    let rows = connection
        .query_all_raw(Statement::from_string(backend, sql))
        .await;
    let rows = rows.expect("rows");
    connection.close().await.expect("closed");
    rows.iter()
        .map(|row| row.try_get_by_index(0).expect("a text"))
        .collect()
}

/// Begins a log in that database, with a first administrator.
pub(crate) fn found(database: &str, key: &str) {
    let init = [
        "init",
        "--database",
        database,
        "--origin",
        ORIGIN,
        "--key",
        key,
    ];
    let administrator = [
        "--administrator",
        App::FIRST,
        "--individual",
        "human-first",
        "--given-name",
        "Frida",
        "--family-name",
        "Först",
    ];
    let _founded = behorig()
        .run(&[&init[..], &administrator].concat())
        .succeeded();
}

/// Makes the region: begun, imported, and with two services trusted, all as an operator would.
fn build(database: &TestDatabase) {
    let region = Region::today();
    let feed = database.directory().join("region.jsonl");
    fs::write(&feed, region.feed()).expect("a feed");
    let key = database.directory().join("log-key.pem");
    let (feed, key) = (feed.to_string_lossy(), key.to_string_lossy());
    found(database.url(), &key);
    let import = ["import", &feed, "--database", database.url()];
    let _imported = behorig().run(&import).succeeded();

    let serving = serve(database, "", &key_file(database));
    let as_person = |hsa_id: &str| {
        let claims = Issuer::person(hsa_id, STRONG, Duration::from_secs(5));
        Client::of(serving.address()).bearing(Issuer::TRUSTED.token(&claims))
    };
    let officer = as_person(&region.only("Informationssäkerhetsansvarig"));
    let first = as_person(App::FIRST);
    block_on(async {
        for client_id in TRUSTED {
            let sql = format!("SELECT id FROM service WHERE external_id = '{client_id}'");
            let ids = column(database, &sql).await;
            let input = json!({ "service": ids[0], "trusted": true, "reason": "the tests" });
            let answer = officer.graphql(TRUST, json!({ "input": input })).await;
            assert_eq!(answer.at("/setTrustedToAssert/errors"), &json!([]));
            let proposal = answer.at("/setTrustedToAssert/proposal");
            let input =
                json!({ "proposal": proposal["id"], "gainDigest": proposal["gain"]["digest"] });
            let answer = first.graphql(ACCEPT, json!({ "input": input })).await;
            assert_eq!(answer.at("/acceptEdit/errors"), &json!([]));
        }
    });
    assert_eq!(
        serving.stop(),
        Some(0),
        "the service stops when it is asked to"
    );
}

const TRUST: &str = "mutation Trust($input: SetTrustedToAssertInput!) {
    setTrustedToAssert(input: $input) { errors { code message path } proposal { id gain { digest } } }
}";

const ACCEPT: &str = "mutation Accept($input: AcceptEditInput!) {
    acceptEdit(input: $input) { errors { code message path } }
}";

/// The service with the settings that tests need, in a file as an operator would write it.
fn serve(database: &TestDatabase, settings: &str, keys: &str) -> Serving {
    let file = written(database, &settings_text(database.url(), keys, settings));
    Program::at(behorig().path()).serve(&["serve", "--config", &file.to_string_lossy()])
}

/// Writes the settings that tests need.
pub(crate) fn settings_file(database: &TestDatabase, settings: &str) -> PathBuf {
    let keys = key_file(database);
    written(database, &settings_text(database.url(), &keys, settings))
}

fn written(database: &TestDatabase, settings: &str) -> PathBuf {
    let file = database.directory().join("behorig.toml");
    fs::write(&file, settings).expect("settings");
    file
}

/// Writes the trusted issuer's keys, and says where they are.
fn key_file(database: &TestDatabase) -> String {
    let keys = database.directory().join("keys.json");
    fs::write(&keys, Issuer::TRUSTED.key_set().to_string()).expect("a key set");
    format!("jwks = {:?}", keys.to_string_lossy())
}

fn settings_text(url: &str, keys: &str, more: &str) -> String {
    let clients: Vec<String> = CLIENTS
        .iter()
        .map(|client| format!("{client} = \"private_key_jwt\""))
        .collect();
    // Deadlines are for machines that do nothing else meanwhile.
    let plain = [
        ("listen", "\"127.0.0.1:0\""),
        ("deadline_milliseconds", "50000"),
        ("http.timeout_milliseconds", "60000"),
        ("http.notice_milliseconds", "0"),
        ("http.person_requests_per_second", "100000"),
        ("http.failed_sign_ins_per_second", "100000"),
    ];
    let set = |name: &str| {
        let mut lines = more.lines();
        lines.any(|line| line.trim_start().starts_with(name))
    };
    let plain: String = plain
        .into_iter()
        .filter(|(name, _)| !set(name))
        .map(|(name, value)| format!("{name} = {value}\n"))
        .collect();
    format!(
        "{plain}{more}\ndatabase.url = {url:?}\n\n[[issuers]]\nissuer = {:?}\naudience = {:?}\n\
         {keys}\n\n[issuers.clients]\n{}\n",
        Issuer::URL,
        Issuer::AUDIENCE,
        clients.join("\n")
    )
}

/// The schema that a service serves, as the tests read it, and what answers are held against.
#[derive(Debug)]
struct Told {
    schema: Schema,
    shapes: Shapes,
}

/// Somebody who calls the service; every answer is held against the schema.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    client: Client,
    schema: Arc<OnceLock<Told>>,
}

impl Caller {
    /// Runs a GraphQL document.
    pub(crate) async fn graphql(&self, document: &str, variables: Value) -> Response {
        let body = json!({ "query": document, "variables": variables });
        self.request(&body).await
    }

    /// Sends a GraphQL request as it stands.
    pub(crate) async fn request(&self, body: &Value) -> Response {
        let headers = [
            ("content-type", "application/json"),
            ("accept", "application/graphql-response+json"),
        ];
        let sent = body.to_string();
        let answer = self.client.send(Method::POST, "/graphql", &headers, sent);
        let answer = answer.await;
        let told = told(&self.client, &self.schema).await;
        let flaws = told.shapes.flaws(body, answer.json());
        assert!(
            flaws.is_empty(),
            "{}\nin {}",
            flaws.join("\n"),
            answer.text()
        );
        answer
    }

    /// The same caller, of the process at that address.
    pub(crate) fn at(&self, address: SocketAddr) -> Self {
        Self {
            client: self.client.at(address),
            schema: Arc::clone(&self.schema),
        }
    }

    /// Sends exactly what it is told.
    pub(crate) fn raw(&self) -> &Client {
        &self.client
    }
}

/// The schema that a service serves, fetched once.
async fn told<'a>(client: &Client, kept: &'a OnceLock<Told>) -> &'a Told {
    if kept.get().is_none() {
        let answer = client.get("/schema.graphql").await;
        assert_eq!(answer.status(), 200, "{}", answer.text());
        // Somebody else may have been first; theirs is the same.
        let _ = kept.set(Told {
            schema: Schema::of(answer.text()),
            shapes: Shapes::of(answer.text()),
        });
    }
    kept.get().expect("a schema that has just been put there")
}
