//! Several server processes on one database: one log, and what one changes holds in the others at once.

use std::collections::HashSet;
use std::time::Duration;

use test_support::{Backend, both_backends};
use tokio::task::JoinSet;

use crate::support::{Caller, Evidence, Installation, Question, clinicians, reader_role, tries};

async fn eight_servers_append_to_one_log_without_a_fork(backend: Backend) {
    let (installation, region) = Installation::of(300, backend);
    let before = Evidence::of(&installation).await.events.len();
    // Not about how long one waits for the others: a file has one writer at a time, and eight want to be it.
    let program = installation
        .program()
        .clone()
        .with("BEHORIG_DEADLINE_MILLISECONDS", "8000")
        .with("BEHORIG_DATABASE_CONNECTIONS", "2");
    let servers: Vec<_> = (0..8).map(|_| program.serve(&["serve"])).collect();
    let asked_about = clinicians(&region);
    let mut clients = JoinSet::new();
    let questions = tries(25, 1_000);
    for (lane, server) in servers.iter().enumerate() {
        let caller = Caller::gateway(server);
        let one = &asked_about[lane % asked_about.len()];
        let question = Question::record(&one.person, "sys-000", &one.unit);
        clients.spawn(async move {
            let mut ids = Vec::new();
            for _ in 0..questions {
                let answer = caller.authorize(&question).await.expect("an answer");
                assert_eq!(answer.outcome(), Some("ALLOW"), "{answer:?}");
                ids.push(answer.decision_id().expect("an id").to_owned());
            }
            ids
        });
    }
    let mut answered = HashSet::new();
    while let Some(ids) = clients.join_next().await {
        answered.extend(ids.expect("a client"));
    }
    let evidence = Evidence::of(&installation).await;
    // An answer is one event, and nothing else was going on.
    let new = evidence.events.iter().skip(before);
    let others: Vec<_> = new.filter(|event| !answered.contains(event.id())).collect();
    assert!(
        others.is_empty(),
        "events that nobody asked for: {:?}",
        others.first()
    );
    assert_eq!(answered.len(), 8 * questions, "an id was answered twice");
    for id in &answered {
        assert!(evidence.find(id).is_some(), "{id} is lost");
    }
    for serving in servers {
        assert_eq!(serving.stop(), Some(0));
    }
}

async fn a_revocation_in_one_server_holds_at_once_in_another(backend: Backend) {
    let (installation, region) = Installation::of(300, backend);
    let (here, there) = (installation.serve(), installation.serve());
    let iam = Caller::service(&here, "iam");
    let gateway = Caller::gateway(&there);
    for one in clinicians(&region).iter().take(tries(10, 100)) {
        let question = Question::record(&one.person, "sys-000", &one.elsewhere);
        let unheld = gateway.authorize(&question).await.expect("an answer");
        assert_eq!(unheld.outcome(), Some("DENY"), "{unheld:?}");
        let made = iam
            .create_grant(one, reader_role(&region))
            .await
            .expect("an answer");
        let grant = made.payload()["grant"]["id"]
            .as_str()
            .expect("a grant")
            .to_owned();
        let held = gateway.authorize(&question).await.expect("an answer");
        assert_eq!(held.outcome(), Some("ALLOW"), "{held:?}");
        let ended = iam.revoke_grant(&grant).await.expect("an answer");
        assert!(ended.errors().is_empty(), "{ended:?}");
        let gone = gateway.authorize(&question).await.expect("an answer");
        assert_eq!(gone.outcome(), Some("DENY"), "{gone:?}");
    }
    let _proved = Evidence::of(&installation).await;
}

/// A server that is stopped while it may hold the head must not stop the other for longer than the
/// deadline allows; on SQLite the file's lock is its own, so this is about PostgreSQL.
async fn a_frozen_server_does_not_take_the_other_with_it(backend: Backend) {
    let (installation, region) = Installation::of(300, backend);
    let (frozen, alive) = (installation.serve(), installation.serve());
    let one = &clinicians(&region)[0];
    let question = Question::record(&one.person, "sys-000", &one.unit);
    let mut load = JoinSet::new();
    for _ in 0..4 {
        let (caller, question) = (Caller::gateway(&frozen), question.clone());
        load.spawn(async move {
            loop {
                let _either = caller.authorize(&question).await;
            }
        });
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    frozen.signal("STOP");
    tokio::time::sleep(Duration::from_secs(2)).await;
    let answer = Caller::gateway(&alive).authorize(&question).await;
    let answer = answer.expect("an answer from the one that lives");
    assert_eq!(answer.outcome(), Some("ALLOW"), "{answer:?}");
    load.abort_all();
    frozen.signal("CONT");
    let _proved = Evidence::of(&installation).await;
}

both_backends! {
    async eight_servers_append_to_one_log_without_a_fork;
    async a_revocation_in_one_server_holds_at_once_in_another;
}

mod a_frozen_server {
    #[test]
    fn on_postgres() {
        let backend = super::Backend::Postgres;
        let trial = super::a_frozen_server_does_not_take_the_other_with_it(backend);
        test_support::block_on(trial);
    }
}
