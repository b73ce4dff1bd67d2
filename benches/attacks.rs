//! Does an attack on the service keep those waiting who stand at a locked door? The real binary, asked for
//! decisions at a fixed rate by a governed system, while somebody else does what a screen can do, as often
//! as may be.
//!
//! `cargo bench --bench attacks` prints a table for `RESULTS.md`. Both sides are open loops: a request is sent
//! when it is due, whether or not those before it have been answered, and its time counts from then, so that
//! a service that stands still is not asked less. The goal is a p99 within twice that of the same service
//! without attack, and no answer but decisions. `BEHORIG_BENCH_SECONDS` sets how long each attack lasts,
//! `BEHORIG_BENCH_RATE` how many decisions a second are asked for, and `BEHORIG_BENCH_ATTACK` is part of the
//! names of the only attacks to make. The attackers have an address of their own.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a program for people at a terminal, which stops at the first thing that is wrong"
)]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use test_support::{Client, Issuer, Program, Region, Serving};
use tokio::net::TcpSocket;
use tokio::task::JoinSet;

const GOAL: f64 = 2.0;
/// How many attackers there are, each with a token of its own.
const ATTACKERS: usize = 4;
/// How many requests a second each of them sends; a person may send 50.
const ATTACKS: u64 = 20;
/// Where the attackers are.
const ATTACKING: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
/// The governed system that asks.
const ASKER: &str = "server-login";

const AUTHORIZE: &str = "mutation ($input: AuthorizeInput!) { authorize(input: $input) { decision \
    { id outcome } errors { code } } }";

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let directory = support::imported(300);
        let region = Region::read(&directory);
        let serving = serve(&directory);
        let bench = Bench::of(serving.address(), &region);
        let _warm = bench.ask(Duration::from_secs(2)).await;
        let idle = bench.ask(bench.lasting).await;
        println!("| attack | answers to it | decisions a second | p50 | p99 | p99 / idle | refused |");
        println!("|---|---|---|---|---|---|---|");
        row("none", "", &idle, &idle);
        let mut worst: f64 = 1.0;
        let mut refused = idle.refused();
        let only = variable("BEHORIG_BENCH_ATTACK").unwrap_or_default();
        for attack in attacks() {
            if !attack.name.contains(&only) {
                continue;
            }
            let (asked, answers) = tokio::join!(bench.ask(bench.lasting), bench.attack(&attack));
            let said: Vec<String> = answers.iter().map(|(what, n)| format!("{n} {what}")).collect();
            row(attack.name, &said.join(", "), &asked, &idle);
            worst = worst.max(asked.over(&idle));
            refused += asked.refused();
            // What was begun is over before the next attack.
            let _calm = bench.ask(Duration::from_secs(1)).await;
        }
        let met = if worst <= GOAL && refused == 0 { "met" } else { "missed" };
        println!(
            "\nworst p99 / idle {worst:.2}, {refused} refused; goal at most {GOAL}, none refused: {met}"
        );
        let _stopped = serving.stop();
    });
}

fn row(name: &str, answers: &str, asked: &Asked, idle: &Asked) {
    println!(
        "| {name} | {answers} | {:.0} | {:.1?} | {:.1?} | {:.2} | {} |",
        asked.rate(),
        asked.quantile(0.5),
        asked.quantile(0.99),
        asked.over(idle),
        asked.refused(),
    );
}

/// What somebody sends again and again.
struct Attack {
    name: &'static str,
    what: What,
}

enum What {
    /// A document, by employees without rights or by an auditor.
    Document {
        text: String,
        variables: Value,
        auditor: bool,
    },
    /// So many connections that say nothing.
    Connections(usize),
}

fn attacks() -> Vec<Attack> {
    let repeated = |times: usize, field: &str| -> String {
        let fields: Vec<String> = (0..times).map(|n| format!("a{n}: {field}")).collect();
        format!("{{ {} }}", fields.join(" "))
    };
    let document = |name, text, auditor| Attack {
        name,
        what: What::Document {
            text,
            variables: json!({}),
            auditor,
        },
    };
    let matrix = "segmentationMatrix { nodes { principalId segments { segmentId } } }";
    let who = "whoCan(permission: \"record:read\", target: { system: \"sys-000\" }) { nodes { principalId } }";
    let deep = "organisations(first: 40) { nodes { name children(first: 40) { nodes { name } } } }";
    let ids: Vec<String> = (0..100)
        .map(|n| format!("per_000000000000000000000{n:05}"))
        .collect();
    let nodes = repeated(10, "nodes(ids: $ids) { id }");
    vec![
        document(
            "40 × segmentationMatrix, no rights",
            repeated(40, matrix),
            false,
        ),
        document(
            "1 × segmentationMatrix, no rights",
            repeated(1, matrix),
            false,
        ),
        document("1 × segmentationMatrix, auditor", repeated(1, matrix), true),
        Attack {
            name: "1 000 unknown ids, no rights",
            what: What::Document {
                text: format!("query ($ids: [ID!]!) {nodes}"),
                variables: json!({ "ids": ids }),
                auditor: false,
            },
        },
        document("deep lists, auditor", repeated(1, deep), true),
        document("40 × whoCan, auditor", repeated(40, who), true),
        document("1 × whoCan, auditor", repeated(1, who), true),
        Attack {
            name: "1 000 idle connections",
            what: What::Connections(1_000),
        },
    ]
}

/// A service, and who calls it.
struct Bench {
    address: SocketAddr,
    asker: Client,
    question: Value,
    employees: Vec<Client>,
    auditor: Client,
    lasting: Duration,
    rate: u64,
}

impl Bench {
    fn of(address: SocketAddr, region: &Region) -> Self {
        let nobody = Client::of(address);
        let elsewhere = Client::from(ATTACKING, address);
        let person = |hsa_id: &str| {
            let claims = Issuer::person(hsa_id, 3, Duration::from_secs(5));
            Issuer::TRUSTED.token(&claims)
        };
        let without = region.without_grants();
        let auditor = region.holding("Revisor");
        let administrator = region.holding("Serveradministratör");
        let segmented = administrator.iter().find_map(|held| {
            let server = region.server_in(held.over("segment")?)?;
            Some((held.holder, server))
        });
        let (holder, server) = segmented.expect("an administrator of a segment");
        let question = json!({ "input": {
            "principal": { "hsaId": holder },
            "permission": "server:administer",
            "target": { "server": server },
            "assurance": { "subjectToken": person(holder) },
        } });
        Self {
            address,
            asker: nobody.bearing(Issuer::TRUSTED.token(&Issuer::service(ASKER))),
            question,
            employees: without
                .iter()
                .take(ATTACKERS)
                .map(|one| elsewhere.bearing(person(one)))
                .collect(),
            auditor: elsewhere.bearing(person(auditor[0].holder)),
            lasting: Duration::from_secs(number("BEHORIG_BENCH_SECONDS", 5)),
            rate: number("BEHORIG_BENCH_RATE", 40),
        }
    }

    /// Asks for decisions at the fixed rate.
    async fn ask(&self, lasting: Duration) -> Asked {
        let (asker, question) = (self.asker.clone(), Arc::new(self.question.clone()));
        let answers = at_rate(self.rate, lasting, move |_| {
            let (asker, question) = (asker.clone(), Arc::clone(&question));
            async move { said(&asker, AUTHORIZE, question.as_ref()).await }
        });
        Asked {
            lasting,
            answers: answers.await,
        }
    }

    /// Attacks as long as a phase lasts; what the answers were.
    async fn attack(&self, attack: &Attack) -> BTreeMap<String, usize> {
        let answers = match &attack.what {
            What::Connections(count) => {
                let mut open = Vec::new();
                for _ in 0..*count {
                    let socket = TcpSocket::new_v4().expect("a socket");
                    let own = SocketAddr::new(ATTACKING, 0);
                    socket.bind(own).expect("an address of its own");
                    open.extend(socket.connect(self.address).await.ok());
                }
                tokio::time::sleep(self.lasting).await;
                return BTreeMap::from([("connections open".to_owned(), open.len())]);
            }
            What::Document {
                text,
                variables,
                auditor,
            } => {
                let attackers = if *auditor {
                    vec![self.auditor.clone(); ATTACKERS]
                } else {
                    self.employees.clone()
                };
                let (text, variables) = (Arc::new(text.clone()), Arc::new(variables.clone()));
                let rate = ATTACKS * u64::try_from(ATTACKERS).expect("few");
                at_rate(rate, self.lasting, move |n| {
                    let attacker = attackers[n % attackers.len()].clone();
                    let (text, variables) = (Arc::clone(&text), Arc::clone(&variables));
                    async move { said(&attacker, &text, &variables).await }
                })
                .await
            }
        };
        let mut counted = BTreeMap::new();
        for (said, _) in answers {
            *counted.entry(said).or_default() += 1;
        }
        counted
    }
}

/// What a request was answered: an outcome, a code, or a status.
async fn said(client: &Client, document: &str, variables: &Value) -> String {
    let answer = client.graphql(document, variables.clone()).await;
    let body = answer.json();
    let code = body["errors"][0]["extensions"]["code"].as_str();
    let outcome = body["data"]["authorize"]["decision"]["outcome"].as_str();
    let plain = || format!("{}", answer.status());
    code.or(outcome).map_or_else(plain, str::to_owned)
}

/// Does something at a fixed rate for so long; what came of each, and how long after it was due.
async fn at_rate<F>(
    rate: u64,
    lasting: Duration,
    make: impl Fn(usize) -> F,
) -> Vec<(String, Duration)>
where
    F: Future<Output = String> + Send + 'static,
{
    let begun = Instant::now();
    let count = usize::try_from(rate * lasting.as_secs()).expect("few");
    let mut running = JoinSet::new();
    for n in 0..count {
        let due = begun + Duration::from_secs_f64(n as f64 / rate as f64);
        tokio::time::sleep_until(due.into()).await;
        let work = make(n);
        running.spawn(async move { (work.await, due.elapsed()) });
    }
    running.join_all().await
}

/// How decisions were answered.
struct Asked {
    lasting: Duration,
    answers: Vec<(String, Duration)>,
}

impl Asked {
    fn refused(&self) -> usize {
        let allowed = |(said, _): &&(String, Duration)| said != "ALLOW";
        self.answers.iter().filter(allowed).count()
    }

    fn rate(&self) -> f64 {
        self.answers.len() as f64 / self.lasting.as_secs_f64()
    }

    fn quantile(&self, share: f64) -> Duration {
        let mut times: Vec<Duration> = self.answers.iter().map(|(_, took)| *took).collect();
        times.sort();
        let place = ((times.len() - 1) as f64 * share).round();
        times[place as usize]
    }

    fn over(&self, idle: &Self) -> f64 {
        self.quantile(0.99).as_secs_f64() / idle.quantile(0.99).as_secs_f64()
    }
}

/// The service on the region that was imported.
fn serve(directory: &Path) -> Serving {
    let keys = directory.join("keys.json");
    fs::write(&keys, Issuer::TRUSTED.key_set().to_string()).expect("a key set");
    let settings = directory.join("attacks.toml");
    let text = format!(
        "listen = \"127.0.0.1:0\"\nlog.filter = \"error,behorig::command=info\"\ndatabase.url = {:?}\n\n[[issuers]]\nissuer = {:?}\n\
         audience = {:?}\njwks = {:?}\n\n[issuers.clients]\n{ASKER} = \"private_key_jwt\"\n",
        support::url(directory),
        Issuer::URL,
        Issuer::AUDIENCE,
        keys.to_string_lossy(),
    );
    fs::write(&settings, text).expect("settings");
    Program::at(env!("CARGO_BIN_EXE_behorig")).serve(&[
        "serve",
        "--config",
        &settings.to_string_lossy(),
    ])
}

/// A number that a variable sets.
fn number(name: &str, otherwise: u64) -> u64 {
    let set = variable(name).and_then(|text| text.parse().ok());
    set.unwrap_or(otherwise)
}

fn variable(name: &str) -> Option<String> {
    let set = std::env::vars().find(|(set, _)| set == name);
    set.map(|(_, text)| text)
}
