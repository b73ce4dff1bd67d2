//! Requests that are one request to everybody, and connections that end where the next one would be in doubt.
//!
//! Apart from what answers requests because it holds for every address and every refusal.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::header::{CONNECTION, HOST};
use axum::http::uri::Authority;
use axum::http::{HeaderValue, Method, Response, Version};
use axum::middleware::Next;
use axum::response::IntoResponse as _;
use hyper::body::{Frame, SizeHint};

use super::connection::Arrival;
use super::refusal::Refusal;
use super::{Edge, Phase};
use domain::Words;
use graphql::errors::ErrorCode;

/// Refuses what is not one request to everybody, and ends the connection with an answer that comes before
/// the request has been read to its end, or while the service is stopping.
pub(super) async fn keep(
    State(edge): State<Arc<Edge>>,
    request: Request,
    next: Next,
) -> Response<Body> {
    let flaw = request
        .extensions()
        .get::<Arrival>()
        .and_then(|arrival| arrival.flaw);
    let doubt = flaw.map_or_else(|| doubt(&request), |flaw| Some(flaw.said()));
    if let Some(said) = doubt {
        return Refusal::new(ErrorCode::BadRequest, said)
            .closing()
            .into_response();
    }
    let (parts, body) = request.into_parts();
    let read = Arc::new(AtomicBool::new(body.is_end_stream()));
    let watched = Watched {
        body,
        read: Arc::clone(&read),
    };
    let mut response = next
        .run(Request::from_parts(parts, Body::new(watched)))
        .await;
    if !read.load(Ordering::SeqCst) || *edge.phase.borrow() != Phase::Serving {
        response
            .headers_mut()
            .insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Why it is in doubt whom a request is for: RFC 9112, section 3.2.
fn doubt(request: &Request) -> Option<Words> {
    const ONE_HOST: Words = Words::new(
        "a request must have one `Host`, with a name or an address",
        "Ett anrop ska ha en `Host`, med ett namn eller en adress.",
    );
    const OTHER_HOST: Words = Words::new(
        "an address with a host must be http and name that of `Host`",
        "En adress med värdnamn ska vara http och ange samma som `Host`.",
    );
    let mut hosts = request.headers().get_all(HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        // Health checks of proxies speak HTTP/1.0.
        (None, _) if request.version() < Version::HTTP_11 => None,
        (Some(host), None) => match authority(host) {
            Some(host) => Some(host),
            None => return Some(ONE_HOST),
        },
        (None, _) | (Some(_), Some(_)) => return Some(ONE_HOST),
    };
    let target = request.uri();
    if request.method() == Method::CONNECT {
        return Some(Words::new("this is no proxy", "Det här är ingen proxy."));
    }
    let named = target.authority()?;
    let is_http = target
        .scheme_str()
        .is_some_and(|scheme| matches!(scheme, "http" | "https"));
    let is_same = host.is_some_and(|host| host == *named);
    (!is_http || !is_same).then_some(OTHER_HOST)
}

/// A host with its port, and nothing else.
fn authority(host: &HeaderValue) -> Option<Authority> {
    let text = host.to_str().ok()?;
    let authority: Authority = text.parse().ok()?;
    let plain = !text.contains('@') && !authority.host().is_empty();
    plain.then_some(authority)
}

/// A body that tells whether it has been read to its end.
#[derive(Debug)]
struct Watched {
    body: Body,
    read: Arc<AtomicBool>,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if frame.is_none() || self.body.is_end_stream() {
            self.read.store(true, Ordering::SeqCst);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(version: Version, target: &str, hosts: &[&str]) -> Request {
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = target.parse().unwrap();
        *request.version_mut() = version;
        for host in hosts {
            let host = HeaderValue::from_str(host).unwrap();
            request.headers_mut().append(HOST, host);
        }
        request
    }

    #[test]
    fn a_request_is_for_one_host() {
        let version = Version::HTTP_11;
        for (target, hosts) in [
            ("/graphql", &["behorig.example"][..]),
            ("/graphql", &["127.0.0.1:8080"]),
            ("/graphql", &["[::1]:8080"]),
            ("http://Behorig.example/graphql", &["behorig.example"]),
            ("*", &["behorig.example"]),
        ] {
            assert_eq!(
                doubt(&request(version, target, hosts)),
                None,
                "{target} {hosts:?}"
            );
        }
        for (target, hosts) in [
            ("/graphql", &[][..]),
            ("/graphql", &["a", "a"]),
            ("/graphql", &[""]),
            ("/graphql", &["a, b"]),
            ("/graphql", &["a/b"]),
            ("/graphql", &["user@a"]),
            ("/graphql", &["a b"]),
            ("http://other/graphql", &["a"]),
            ("http://user@a/graphql", &["a"]),
            ("ftp://a/graphql", &["a"]),
            ("http://a/graphql", &[]),
        ] {
            assert!(
                doubt(&request(version, target, hosts)).is_some(),
                "{target} {hosts:?}"
            );
        }
        assert_eq!(doubt(&request(Version::HTTP_10, "/readyz", &[])), None);
        assert!(doubt(&request(Version::HTTP_10, "http://a/readyz", &[])).is_some());
        assert!(doubt(&request(Version::HTTP_10, "/readyz", &["a", "b"])).is_some());
    }
}
