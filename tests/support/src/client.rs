//! A caller of the service, and answers that assert.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// Somebody who calls the service over HTTP.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
}

impl Client {
    /// A caller without a token of the service at that address.
    #[must_use]
    pub fn of(address: SocketAddr) -> Self {
        Self::built(reqwest::Client::builder(), address)
    }

    /// The same, of those who have that address themselves: one of this machine's.
    #[must_use]
    pub fn from(own: IpAddr, address: SocketAddr) -> Self {
        Self::built(reqwest::Client::builder().local_address(own), address)
    }

    fn built(builder: reqwest::ClientBuilder, address: SocketAddr) -> Self {
        let built = builder.no_proxy().timeout(Duration::from_secs(90)).build();
        Self {
            http: built.expect("an HTTP client"),
            base: format!("http://{address}"),
            token: None,
        }
    }

    /// The same caller with a token.
    #[must_use]
    pub fn bearing(&self, token: impl Into<String>) -> Self {
        Self {
            token: Some(token.into()),
            ..self.clone()
        }
    }

    /// The same caller of the service at another address.
    #[must_use]
    pub fn at(&self, address: SocketAddr) -> Self {
        Self {
            base: format!("http://{address}"),
            ..self.clone()
        }
    }

    /// Runs a GraphQL document.
    pub async fn graphql(&self, document: &str, variables: Value) -> Response {
        let body = json!({ "query": document, "variables": variables }).to_string();
        let headers = [
            ("content-type", "application/json"),
            ("accept", "application/graphql-response+json"),
        ];
        self.send(Method::POST, "/graphql", &headers, body).await
    }

    /// Fetches a path.
    pub async fn get(&self, path: &str) -> Response {
        self.send(Method::GET, path, &[], String::new()).await
    }

    pub(crate) fn request(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Vec<u8>>,
    ) -> reqwest::RequestBuilder {
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.base))
            .body(body.into());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Sends exactly this, with the caller's token if there is one.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Vec<u8>>,
    ) -> Response {
        let request = self.request(method, path, headers, body);
        let answer = request.send().await.expect("an answer");
        let (status, headers) = (answer.status(), answer.headers().clone());
        let text = answer.text().await.expect("a whole answer");
        Response {
            status,
            headers,
            body: serde_json::from_str(&text).unwrap_or(Value::Null),
            text,
        }
    }
}

/// What the service answered.
#[derive(Debug)]
#[must_use = "an answer that nobody looks at tests nothing"]
pub struct Response {
    status: StatusCode,
    headers: reqwest::header::HeaderMap,
    text: String,
    body: Value,
}

impl Response {
    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// A header's value, if it is there and text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as it came.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The body as JSON; null if it is none.
    #[must_use]
    pub fn json(&self) -> &Value {
        &self.body
    }

    /// The data of an answer without errors.
    #[must_use]
    #[track_caller]
    pub fn data(&self) -> &Value {
        let clean = self.body.get("errors").is_none();
        assert!(
            self.status == StatusCode::OK && clean,
            "expected data, got {} {}",
            self.status,
            self.text
        );
        &self.body["data"]
    }

    /// One value of the data by its JSON pointer, such as `/server/name`.
    #[must_use]
    #[track_caller]
    pub fn at(&self, pointer: &str) -> &Value {
        let found = self.data().pointer(pointer);
        let Some(value) = found else {
            panic!("nothing at `{pointer}` in {}", self.text);
        };
        value
    }

    /// The only error, which has that code; look at its `path`, `message` or `extensions`.
    #[must_use]
    #[track_caller]
    pub fn refused(&self, code: &str) -> &Value {
        match self.body["errors"].as_array().map(Vec::as_slice) {
            Some([error]) if error["extensions"]["code"] == code => error,
            _ => panic!("expected `{code}`, got {} {}", self.status, self.text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block_on;
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::TcpListener;

    /// Answers one request with `body` and returns what was asked.
    fn answering(
        status: &str,
        body: &str,
        call: impl AsyncFnOnce(&Client) -> Response,
    ) -> (Response, String) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let client = Client::of(listener.local_addr().expect("its address"));
        let length = body.len();
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{body}");
        std::thread::scope(|scope| {
            let asked = scope.spawn(move || {
                let (stream, _) = listener.accept().expect("a caller");
                let mut reader = BufReader::new(&stream);
                let mut asked = String::new();
                while !asked.ends_with("\r\n\r\n") {
                    reader.read_line(&mut asked).expect("a header");
                }
                let lower = asked.to_ascii_lowercase();
                let length = lower.split("content-length: ").nth(1);
                let length = length.and_then(|rest| rest.lines().next()?.parse().ok());
                let mut body = vec![0; length.unwrap_or(0)];
                reader.read_exact(&mut body).expect("a body");
                (&stream).write_all(answer.as_bytes()).expect("answered");
                asked + &String::from_utf8(body).expect("text")
            });
            let response = block_on(call(&client));
            (response, asked.join().expect("no panic"))
        })
    }

    #[test]
    fn a_document_is_posted_with_variables_and_token() {
        let (answer, asked) = answering(
            "200 OK",
            r#"{"data":{"server":{"name":"db1"}}}"#,
            async |client| {
                let olle = client.bearing("olle");
                olle.graphql("query Q", json!({ "id": "srv_1" })).await
            },
        );
        assert_eq!(answer.at("/server/name"), "db1");
        assert!(asked.starts_with("POST /graphql HTTP/1.1\r\n"), "{asked}");
        assert!(asked.contains("authorization: Bearer olle\r\n"), "{asked}");
        assert!(asked.ends_with(r#"{"query":"query Q","variables":{"id":"srv_1"}}"#));
    }

    const REFUSED: &str = r#"{"data":null,"errors":[{"extensions":{"code":"FORBIDDEN"}}]}"#;

    #[test]
    fn a_refusal_is_found_by_its_code() {
        let (answer, _) = answering("200 OK", REFUSED, async |client| client.get("/x").await);
        assert_eq!(answer.status(), 200);
        assert_eq!(
            answer.refused("FORBIDDEN")["extensions"]["code"],
            "FORBIDDEN"
        );
    }

    #[test]
    #[should_panic(expected = "expected data, got 200 OK")]
    fn a_refusal_is_no_data() {
        let (answer, _) = answering("200 OK", REFUSED, async |client| client.get("/x").await);
        let _ = answer.data();
    }

    #[test]
    #[should_panic(expected = "expected `NOT_FOUND`, got 200 OK")]
    fn a_refusal_of_another_kind_is_not_the_expected_one() {
        let (answer, _) = answering("200 OK", REFUSED, async |client| client.get("/x").await);
        let _ = answer.refused("NOT_FOUND");
    }
}
