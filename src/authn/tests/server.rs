//! A server beside the tests, of whatever texts it is told to serve.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::{StatusCode, Uri};

/// What it serves by path, and how often it was asked.
pub(super) struct Server {
    pages: Arc<Mutex<Pages>>,
    base: String,
}

#[derive(Default)]
struct Pages {
    texts: HashMap<String, String>,
    asked: HashMap<String, usize>,
}

impl Server {
    /// A server that has nothing yet.
    pub(super) async fn start() -> Self {
        let pages = Arc::new(Mutex::new(Pages::default()));
        let router = axum::Router::new()
            .fallback(page)
            .with_state(Arc::clone(&pages));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        #[expect(clippy::disallowed_methods, reason = "a server beside the test")]
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { pages, base }
    }

    /// The address of a path.
    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Serves that text at a path from now on.
    pub(super) fn serve(&self, path: &str, text: String) {
        self.pages
            .lock()
            .unwrap()
            .texts
            .insert(path.to_owned(), text);
    }

    /// How often a path was asked for.
    pub(super) fn asked(&self, path: &str) -> usize {
        self.pages
            .lock()
            .unwrap()
            .asked
            .get(path)
            .copied()
            .unwrap_or(0)
    }
}

async fn page(State(pages): State<Arc<Mutex<Pages>>>, uri: Uri) -> (StatusCode, String) {
    let mut pages = pages.lock().unwrap();
    *pages.asked.entry(uri.path().to_owned()).or_default() += 1;
    match pages.texts.get(uri.path()) {
        Some(text) => (StatusCode::OK, text.clone()),
        None => (StatusCode::NOT_FOUND, String::new()),
    }
}
