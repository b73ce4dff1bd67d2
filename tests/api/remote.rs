//! A PostgreSQL elsewhere: who it is, what passes on the way, and what somebody changes there while it runs.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::json;
use test_support::{Client, Issuer, OwnPostgres, Serving, block_on};

use crate::support::{App, STRONG, behorig, found};

const DATABASE: &str = "behorig";
const PATIENCE: Duration = Duration::from_secs(30);

struct Installed {
    postgres: OwnPostgres,
    files: tempfile::TempDir,
}

impl Installed {
    fn new() -> Self {
        Self {
            postgres: OwnPostgres::start(DATABASE),
            files: tempfile::tempdir().expect("a directory"),
        }
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.files.path().join(name);
        fs::write(&path, text).expect("a file");
        path.to_string_lossy().into_owned()
    }

    /// An address that takes nothing but a server for which this authority vouches.
    fn vouched_for(&self, authority: &str) -> String {
        let url = self.postgres.url(DATABASE);
        format!("{url}?sslmode=verify-full&sslrootcert={authority}")
    }

    fn init(&self, url: &str) {
        let key = self.files.path().join("key.pem");
        let key = key.to_string_lossy();
        found(url, &key);
    }

    fn serve(&self) -> Serving {
        let keys = self.file("keys.json", &Issuer::TRUSTED.key_set().to_string());
        let settings = self.file(
            "behorig.toml",
            &format!(
                "listen = \"127.0.0.1:0\"\ndatabase.url = {:?}\n\n[[issuers]]\nissuer = {:?}\n\
                 audience = {:?}\njwks = {keys:?}\n",
                self.postgres.url(DATABASE),
                Issuer::URL,
                Issuer::AUDIENCE,
            ),
        );
        behorig().serve(&["serve", "--config", &settings])
    }
}

#[test]
fn over_tls_only_the_server_whose_authority_is_named_is_believed() {
    let installed = Installed::new();
    let authority = installed.postgres.certified("127.0.0.1");
    let authority = installed.file("authority.pem", &authority);
    let plain = format!("{}?sslmode=disable", installed.postgres.url(DATABASE));
    let refused = behorig().run(&["migrate", "--database", &plain]);
    assert!(
        refused.ended_with(1).stderr().contains("pg_hba"),
        "without TLS"
    );
    installed.init(&installed.vouched_for(&authority));

    // The authority of another server, and a certificate for another name.
    let other = OwnPostgres::start("other").certified("127.0.0.1");
    let other = installed.file("other.pem", &other);
    let other = installed.vouched_for(&other);
    let elsewhere = installed.postgres.certified("db.region.example");
    let elsewhere = installed.file("elsewhere.pem", &elsewhere);
    for url in [other, installed.vouched_for(&elsewhere)] {
        let refused = behorig().run(&["migrate", "--database", &url]);
        let said = refused.ended_with(1).stderr().to_lowercase();
        assert!(said.contains("certificate"), "{said}");
        let password = url.split([':', '@']).nth(2).expect("a password");
        assert!(!said.contains(password), "{said}");
    }
}

#[test]
fn durability_that_is_lowered_while_it_runs_stops_it_until_it_is_back() {
    let installed = Installed::new();
    installed.init(&installed.postgres.url(DATABASE));
    let serving = installed.serve();
    let nobody = Client::of(serving.address());
    let claims = Issuer::person(App::FIRST, STRONG, Duration::from_secs(5));
    let first = nobody.bearing(Issuer::TRUSTED.token(&claims));
    let asked = async || {
        let answer = first
            .graphql("{ organisations(first: 1) { nodes { id } } }", json!({}))
            .await;
        answer.status()
    };
    let ready = async || nobody.get("/readyz").await.status();
    block_on(async {
        assert_eq!(asked().await, 200);
        for setting in ["fsync", "full_page_writes"] {
            for (value, status) in [("off", 503), ("on", 200)] {
                installed.postgres.set(setting, value);
                // It reaches sessions a moment later.
                let begun = Instant::now();
                loop {
                    let found = [asked().await, ready().await];
                    if found == [status; 2] {
                        break;
                    }
                    assert!(begun.elapsed() < PATIENCE, "{setting} {value}: {found:?}");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    });
}
