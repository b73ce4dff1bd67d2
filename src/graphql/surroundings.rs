//! What is known of a request wherever one of its fields is resolved.

use domain::Language;
use service::authorize::Asking;

/// What a resolver finds in its context besides the [`Session`](service::session::Session).
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The language that reasons are given in.
    pub language: Language,
    /// Who has signed the caller in.
    pub issuer: String,
    /// The request's id.
    pub request_id: String,
    /// What questions about others are answered with.
    pub asking: Asking,
}
