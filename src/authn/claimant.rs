//! What a verified token says, and nothing that it does not.

use std::fmt;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use domain::facts::{Assurance, AssuranceSource};
use domain::text::ClientId;
use domain::{HsaId, Instant};

/// Whom a token names.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A person, by employee HSA-id.
    Person(HsaId),
    /// A service, by OAuth client id.
    Service(ClientId),
    /// The command line on the host, as the built-in bootstrap service; no token can say this.
    Host,
}

/// The SHA-256 of a token: tells tokens apart without being one.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    pub(super) fn of(token: &str) -> Self {
        Self(Sha256::digest(token.as_bytes()).into())
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (start, _) = self.0.split_at(8);
        f.write_str(&data_encoding::HEXLOWER.encode(start))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Somebody whose token has been verified, or the command line on the host.
#[derive(Clone, PartialEq, Eq)]
pub struct Claimant(Arc<Inner>);

#[derive(PartialEq, Eq)]
pub(super) struct Inner {
    pub(super) subject: Subject,
    pub(super) client: Option<ClientId>,
    pub(super) issuer: String,
    pub(super) assurance: Assurance,
    pub(super) commission: Option<HsaId>,
    pub(super) expires_at: Instant,
    pub(super) fingerprint: Fingerprint,
}

impl Claimant {
    pub(super) fn verified(inner: Inner) -> Self {
        Self(Arc::new(inner))
    }

    /// The command line on the host. Whoever can run it there holds the database already.
    #[must_use]
    pub fn bootstrap() -> Self {
        Self(Arc::new(Inner {
            subject: Subject::Host,
            client: None,
            issuer: "host".to_owned(),
            assurance: Assurance {
                level: 4,
                multi_factor: true,
                acr: None,
                methods: Vec::new(),
                authenticated_at: None,
                source: AssuranceSource::Host,
            },
            commission: None,
            expires_at: Instant::NEVER,
            fingerprint: Fingerprint([0; 32]),
        }))
    }

    /// Whom the token names.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        &self.0.subject
    }

    /// The client that a person uses, when the token names it; `None` for services and the host.
    #[must_use]
    pub fn client(&self) -> Option<&str> {
        self.0.client.as_deref()
    }

    /// Who signed the token.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// How the person signed in, or how the client authenticated.
    #[must_use]
    pub fn assurance(&self) -> &Assurance {
        &self.0.assurance
    }

    /// The commission chosen at sign-in.
    #[must_use]
    pub fn commission(&self) -> Option<&HsaId> {
        self.0.commission.as_ref()
    }

    /// The first instant at which the token no longer counts, leeway included.
    #[must_use]
    pub fn expires_at(&self) -> Instant {
        self.0.expires_at
    }

    /// Which token it was.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.0.fingerprint
    }
}

/// Says which token, not who: this may end up in a log line.
impl fmt::Debug for Claimant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claimant")
            .field("issuer", &self.0.issuer)
            .field("fingerprint", &self.0.fingerprint)
            .finish_non_exhaustive()
    }
}
