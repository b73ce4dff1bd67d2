//! A stream of server-sent events, read one at a time.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::Client;

/// How long an event is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

/// An open stream.
#[derive(Debug)]
pub struct Stream {
    response: reqwest::Response,
    read: Vec<u8>,
}

/// An event of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its name.
    pub name: String,
    /// Its id, if it has one.
    pub id: Option<u64>,
    /// What it carries; null if that is no JSON.
    pub data: Value,
}

impl Client {
    /// Opens a stream of a GraphQL document, taken up after the event of that id, if there is one.
    pub async fn stream(&self, document: &str, variables: Value, last: Option<u64>) -> Stream {
        let body = json!({ "query": document, "variables": variables }).to_string();
        let mut headers = vec![
            ("content-type", "application/json"),
            ("accept", "text/event-stream"),
        ];
        let last = last.map(|id| id.to_string());
        headers.extend(last.as_deref().map(|id| ("last-event-id", id)));
        let request = self.request(Method::POST, "/graphql", &headers, body);
        let open = request.timeout(Duration::from_mins(10)).send();
        Stream {
            response: open.await.expect("an answer"),
            read: Vec::new(),
        }
    }
}

impl Stream {
    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// The next event; `None`: the stream has ended.
    pub async fn next(&mut self) -> Option<Event> {
        let next = tokio::time::timeout(PATIENCE, self.read_event());
        next.await.expect("an event in time")
    }

    async fn read_event(&mut self) -> Option<Event> {
        loop {
            while let Some(end) = self.read.windows(2).position(|two| two == b"\n\n") {
                let rest = self.read.split_off(end + 2);
                let block = std::mem::replace(&mut self.read, rest);
                let event = Event::of(std::str::from_utf8(&block).expect("text"));
                if event.is_some() {
                    return event;
                }
            }
            let chunk = self.response.chunk().await.expect("a whole stream")?;
            self.read.extend_from_slice(&chunk);
        }
    }
}

impl Event {
    /// The event of a block; `None`: it is a comment.
    fn of(block: &str) -> Option<Self> {
        let field = |name: &str| {
            let mut lines = block.lines().filter_map(|line| line.split_once(':'));
            lines.find_map(|(field, value)| (field == name).then(|| value.trim_start().to_owned()))
        };
        let data = field("data")?;
        Some(Self {
            name: field("event").unwrap_or_else(|| "message".to_owned()),
            id: field("id").map(|id| id.parse().expect("a number")),
            data: serde_json::from_str(&data).unwrap_or(Value::Null),
        })
    }

    /// The code of the error that it carries, if it carries one.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.data["errors"][0]["extensions"]["code"].as_str()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_read_and_a_comment_is_none() {
        let event = Event::of("event: next\ndata: {\"data\":1}\nid: 7").expect("an event");
        assert_eq!((event.name.as_str(), event.id), ("next", Some(7)));
        assert_eq!(event.data["data"], 1);
        let complete = Event::of("event: complete\ndata: ").expect("an event");
        assert_eq!(
            (complete.name.as_str(), complete.data),
            ("complete", Value::Null)
        );
        assert_eq!(Event::of(":"), None);
    }
}
