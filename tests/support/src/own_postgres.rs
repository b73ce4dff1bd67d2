//! A PostgreSQL of a test's own, for what would disturb those who share one: its settings, and its door.

use crate::certificate::Certificate;
use crate::cluster::Cluster;

/// A cluster that runs until it is dropped.
#[derive(Debug)]
pub struct OwnPostgres {
    cluster: Cluster,
    _directory: tempfile::TempDir,
}

impl OwnPostgres {
    /// Starts one with an empty database of that name.
    #[must_use]
    pub fn start(database: &str) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let own = Self {
            cluster: Cluster::join(directory.path()),
            _directory: directory,
        };
        own.run(&[format!("CREATE DATABASE {database}")]);
        own
    }

    /// The URL of one of its databases.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        self.cluster.url(database)
    }

    /// Sets something for everybody, from now on.
    pub fn set(&self, setting: &str, value: &str) {
        self.run(&[
            format!("ALTER SYSTEM SET {setting} = '{value}'"),
            "SELECT pg_reload_conf()".to_owned(),
        ]);
    }

    /// Lets callers in over TLS only, by a certificate for that name; the certificate of who vouches for it (PEM).
    #[must_use]
    pub fn certified(&self, name: &str) -> String {
        let certificate = Certificate::of(name);
        // Written by the server, whose files they are: its key belongs to nobody else.
        let write = |file: &str, lines: &str| {
            format!(
                "COPY (SELECT unnest(string_to_array(trim('{lines}'), E'\\n'))) \
                 TO PROGRAM 'umask 077; cat > {file}'"
            )
        };
        let key = certificate.key.serialize_pem();
        self.run(&[
            write("own.crt", &certificate.pem),
            write("own.key", &key),
            write("pg_hba.conf", "hostssl all all 127.0.0.1/32 password"),
            "ALTER SYSTEM SET ssl_cert_file = 'own.crt'".to_owned(),
            "ALTER SYSTEM SET ssl_key_file = 'own.key'".to_owned(),
            "ALTER SYSTEM SET ssl = 'on'".to_owned(),
            "SELECT pg_reload_conf()".to_owned(),
        ]);
        certificate.authority
    }

    /// Runs a statement in one of its databases, as an administrator of the server.
    pub fn run_in(&self, database: &str, statement: &str) {
        self.cluster
            .administer_in(database, &[statement.to_owned()])
            .expect("what a test does to its own PostgreSQL");
    }

    fn run(&self, statements: &[String]) {
        self.cluster
            .administer(statements)
            .expect("what a test does to its own PostgreSQL");
    }
}
