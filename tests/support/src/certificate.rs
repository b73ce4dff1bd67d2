//! A server's certificate that only an authority of its own vouches for, as in a hospital's network.

use rcgen::{
    BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::pki_types::CertificateDer;

/// A certificate with its key, and who vouches for it.
#[derive(Debug)]
pub(crate) struct Certificate {
    /// The authority's own certificate (PEM).
    pub(crate) authority: String,
    pub(crate) pem: String,
    pub(crate) der: CertificateDer<'static>,
    pub(crate) key: KeyPair,
}

impl Certificate {
    /// For a server of that name.
    pub(crate) fn of(name: &str) -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let root = authority.self_signed(&key).expect("an authority");
        let issuer = Issuer::new(authority, key);

        let key = KeyPair::generate().expect("a key");
        let mut server = CertificateParams::new([name.to_owned()]).expect("a name");
        server.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let certificate = server.signed_by(&key, &issuer).expect("a certificate");
        Self {
            authority: root.pem(),
            pem: certificate.pem(),
            der: certificate.der().clone(),
            key,
        }
    }
}
