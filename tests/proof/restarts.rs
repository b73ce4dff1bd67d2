//! Two instances restarted in turn behind a proxy, under load: nobody's request fails.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use test_support::{
    Backend, Client, Front, Region, Serving, block_on, configuration, free_address, soaking,
};
use tokio::task::JoinSet;

use crate::support::{Caller, Installation, Question, clinicians};

/// How many clients ask, each as soon as it has been answered.
const CLIENTS: usize = 6;

const NAMES: [&str; 2] = ["one", "two"];

#[derive(Clone, Copy)]
enum Proxy {
    Haproxy,
    Nginx,
}

impl Proxy {
    /// As the manual has it, before two instances of this machine.
    fn before(self, [one, two]: [SocketAddr; 2]) -> Front {
        let manual = concat!(env!("CARGO_MANIFEST_DIR"), "/src/OPERATING.md");
        let manual = std::fs::read_to_string(manual).expect("the manual");
        let (one, two) = (one.to_string(), two.to_string());
        let both = [("10.20.1.11:8080", &*one), ("10.20.1.12:8080", &*two)];
        match self {
            Self::Haproxy => {
                let words = [(":443 ssl crt /etc/haproxy/behorig.pem", "LISTEN")];
                let words = [&words[..], &both].concat();
                Front::haproxy(&configuration(&manual, "haproxy", &words))
            }
            Self::Nginx => {
                let words = [
                    ("listen 443 ssl;", "listen LISTEN;"),
                    ("    ssl_certificate /etc/nginx/behorig.pem;\n", ""),
                    ("    ssl_certificate_key /etc/nginx/behorig.key;\n", ""),
                ];
                let words = [&words[..], &both].concat();
                Front::nginx(&configuration(&manual, "nginx", &words))
            }
        }
    }

    /// Waits as the manual says, until the other instance can be restarted.
    async fn is_ready(self, front: &Front, which: usize, address: SocketAddr) {
        match self {
            Self::Haproxy => front.wait_for(NAMES[which]),
            Self::Nginx => {
                let instance = Client::of(address);
                while instance.get("/readyz").await.status() != 200 {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            }
        }
    }
}

fn serve(installation: &Installation, address: SocketAddr) -> Serving {
    let program = installation
        .program()
        .clone()
        .with("BEHORIG_LISTEN", &address.to_string())
        .with("BEHORIG_HTTP_NOTICE_MILLISECONDS", "3000");
    program.serve(&["serve"])
}

/// Asks until it is told to stop, and fails with the first answer that is none.
async fn ask(
    caller: Caller,
    questions: Arc<Vec<Question>>,
    offset: usize,
    stopped: Arc<AtomicBool>,
    answers: Arc<AtomicUsize>,
) {
    for question in questions.iter().cycle().skip(offset) {
        if stopped.load(Ordering::Relaxed) {
            break;
        }
        let answer = caller.authorize(question).await;
        let answer = answer.expect("a whole answer");
        assert_eq!(answer.status, 200, "{answer:?}");
        assert!(answer.outcome().is_some(), "{answer:?}");
        answers.fetch_add(1, Ordering::Relaxed);
    }
}

fn questions(region: &Region) -> Arc<Vec<Question>> {
    let asked = clinicians(region);
    let asked = asked
        .iter()
        .map(|one| Question::record(&one.person, "sys-000", &one.unit));
    Arc::new(asked.collect())
}

#[test]
fn restarts_behind_haproxy_fail_no_request() {
    restarted_behind(Proxy::Haproxy);
}

#[test]
fn restarts_behind_nginx_fail_no_request() {
    restarted_behind(Proxy::Nginx);
}

fn restarted_behind(proxy: Proxy) {
    block_on(async {
        let (installation, region) = Installation::of(300, Backend::Postgres);
        let restarts = if soaking() { 20 } else { 2 };
        let addresses = [free_address(), free_address()];
        let mut instances = addresses.map(|address| Some(serve(&installation, address)));
        let front = proxy.before(addresses);
        for (which, address) in addresses.into_iter().enumerate() {
            proxy.is_ready(&front, which, address).await;
        }
        let (stopped, answers) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicUsize::new(0)),
        );
        let asked = questions(&region);
        let mut clients = JoinSet::new();
        for n in 0..CLIENTS {
            let caller = Caller::gateway_at(front.address());
            let (stopped, answers) = (Arc::clone(&stopped), Arc::clone(&answers));
            clients.spawn(ask(caller, Arc::clone(&asked), n * 17, stopped, answers));
        }
        for n in 0..restarts {
            let begun = answers.load(Ordering::Relaxed);
            let which = n % 2;
            let instance = instances[which].take().expect("it runs");
            assert_eq!(instance.stop(), Some(0));
            instances[which] = Some(serve(&installation, addresses[which]));
            proxy.is_ready(&front, which, addresses[which]).await;
            let during = answers.load(Ordering::Relaxed) - begun;
            assert!(during > CLIENTS, "there was no load");
        }
        stopped.store(true, Ordering::Relaxed);
        while let Some(client) = clients.join_next().await {
            let answered = client.map_err(|error| format!("{error}\n{}", front.said()));
            answered.expect("every request was answered");
        }
        let answers = answers.load(Ordering::Relaxed);
        println!("{restarts} restarts, {answers} answers, none failed");
    });
}
