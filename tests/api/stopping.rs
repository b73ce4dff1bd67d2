//! Being told to stop: no longer ready at once, everything answered meanwhile, and now when told twice.

use std::time::{Duration, Instant};

use serde_json::json;
use test_support::{Backend, block_on};

use crate::support::{App, STRONG};

const PATIENCE: Duration = Duration::from_secs(20);

/// Waits until the service says that it is not ready, and why.
async fn until_not_ready(app: &App) {
    let begun = Instant::now();
    loop {
        let ready = app.nobody().raw().get("/readyz").await;
        if ready.status() == 503 {
            assert_eq!(ready.json()["parts"], json!({ "serving": false }));
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "it stays ready");
    }
}

/// Waits until the process is gone.
fn until_gone(app: &App) {
    let stat = format!("/proc/{}/stat", app.serving().pid());
    let gone = || std::fs::read_to_string(&stat).map_or(true, |stat| stat.contains(") Z "));
    let begun = Instant::now();
    while !gone() {
        assert!(begun.elapsed() < PATIENCE, "it goes on");
        std::thread::yield_now();
    }
}

#[test]
fn told_to_stop_it_is_not_ready_and_answers_on_until_it_is_told_again() {
    block_on(async {
        let app = App::with(Backend::Sqlite, "http.notice_milliseconds = 600000");
        let caller = app.person(&app.region().without_grants(), STRONG);
        let mut stream = app
            .auditor()
            .raw()
            .stream("subscription { decisionRecorded { id } }", json!({}), None)
            .await;
        assert_eq!(app.nobody().raw().get("/readyz").await.status(), 200);
        app.serving().signal("TERM");
        until_not_ready(&app).await;
        for _ in 0..5 {
            // On a connection of its own each: the answer ends it.
            let answer = caller
                .graphql("{ viewer { person { id } } }", json!({}))
                .await;
            assert!(answer.at("/viewer/person/id").is_string());
            assert_eq!(answer.header("connection"), Some("close"));
            assert_eq!(app.nobody().raw().get("/healthz").await.status(), 200);
        }
        // Streams go on too: whoever opened one again now would be sent here again.
        let event = stream.next().await.expect("an event");
        assert_eq!(event.code(), None, "{event:?}");
        app.serving().signal("TERM");
        until_gone(&app);
        assert!(app.serving().said().contains("told to stop twice"));
    });
}

#[test]
fn after_its_notice_it_takes_nothing_new_and_tells_its_streams() {
    block_on(async {
        let app = App::with(Backend::Sqlite, "http.notice_milliseconds = 1500");
        let text = "subscription { decisionRecorded { id } }";
        let mut stream = app.auditor().raw().stream(text, json!({}), None).await;
        assert_eq!(stream.status(), 200);
        let begun = Instant::now();
        app.serving().signal("TERM");
        until_not_ready(&app).await;
        let mut last = None;
        while let Some(event) = stream.next().await {
            last = event.code().map(str::to_owned).or(last);
        }
        assert_eq!(last.as_deref(), Some("UNAVAILABLE"));
        assert!(
            begun.elapsed() >= Duration::from_millis(1_500),
            "{:?}",
            begun.elapsed()
        );
        until_gone(&app);
        assert!(app.serving().said().contains("stopped"));
        let again = std::net::TcpStream::connect(app.serving().address());
        assert!(again.is_err(), "something listens");
    });
}
