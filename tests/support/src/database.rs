//! A database and a directory for one test, gone when the test is.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use sea_orm::DatabaseConnection;
use sea_orm_migration::MigratorTrait;
use tempfile::TempDir;

use crate::backend::{Backend, block_on};
use crate::cluster::{Cluster, connect, lock_file, shared_directory};

/// The embedded database's file, in the test's directory.
const FILE: &str = "behorig.db";

/// One test's own database, and a directory for the files that belong to it.
#[derive(Debug)]
pub struct TestDatabase {
    backend: Backend,
    url: String,
    /// The name in the cluster, if it is there and to be dropped.
    name: Option<String>,
    directory: TempDir,
}

impl TestDatabase {
    /// A database without any table.
    #[must_use]
    pub fn empty(backend: Backend) -> Self {
        Self::made_from(backend, None)
    }

    /// A database with the tables of that migrator, such as `migration::Migrator`.
    #[must_use]
    pub fn migrated<M: MigratorTrait>(backend: Backend) -> Self {
        Self::copy_of("migrated", backend, |database| {
            block_on(async {
                let connection = database.connection().await;
                M::up(&connection, None).await.expect("migrated");
                connection.close().await.expect("closed");
            });
        })
    }

    /// A copy of the database and directory that `build` made, once for all tests of this build.
    ///
    /// `build` gets an empty database and a thread of its own, so that it may use [`block_on`]; when
    /// it returns, nothing may be connected to the database any more.
    /// `template` is a lower-case word that names what it makes.
    #[must_use]
    pub fn copy_of(template: &str, backend: Backend, build: impl FnOnce(&Self) + Send) -> Self {
        let template = Template::named(template, backend);
        let turn = lock_file(&template.root.with_extension("lock"));
        turn.lock_shared().expect("a turn to copy");
        if !template.exists() {
            // The first of those who were waiting builds, the rest find it built.
            turn.unlock().expect("a turn given up");
            turn.lock().expect("a turn to build");
            if !template.exists() {
                template.build(build);
            }
        }
        Self::made_from(backend, Some(&template))
    }

    /// Which kind it is.
    #[must_use]
    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// Where it is, as the service wants to be told.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A directory for the test's files, removed afterwards.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// A connection beside the service, for looking behind its back and for breaking things.
    pub async fn connection(&self) -> DatabaseConnection {
        let created = match self.backend {
            Backend::Sqlite => "?mode=rwc",
            Backend::Postgres => "",
        };
        connect(&format!("{}{created}", self.url))
            .await
            .expect("a connection")
    }

    fn made_from(backend: Backend, template: Option<&Template>) -> Self {
        let directory = tempfile::Builder::new()
            .prefix("behorig-test-")
            .tempdir()
            .expect("a directory");
        if let Some(template) = template {
            copy_directory(&template.directory(), directory.path());
        }
        let (url, name) = match backend {
            Backend::Sqlite => (sqlite_url(directory.path()), None),
            Backend::Postgres => {
                let name = directory.path().file_name().expect("a name");
                let name = name.to_string_lossy().into_owned();
                let source = template.map_or("template1", |template| &template.database);
                let cluster = Cluster::shared();
                cluster
                    .administer(&[format!(r#"CREATE DATABASE "{name}" TEMPLATE "{source}""#)])
                    .expect("a fresh database");
                (cluster.url(&name), Some(name))
            }
        };
        Self {
            backend,
            url,
            name,
            directory,
        }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            // If it fails the database goes with the cluster; a test must not fail for that.
            let drop = format!(r#"DROP DATABASE IF EXISTS "{name}" WITH (FORCE)"#);
            let _ = Cluster::shared().administer(&[drop]);
        }
    }
}

/// A database and directory to copy, kept for the present build of the tests.
struct Template {
    backend: Backend,
    root: PathBuf,
    name: String,
    database: String,
}

impl Template {
    fn named(name: &str, backend: Backend) -> Self {
        // Each test program has its own: the builds of one must not push out another's.
        let program = std::env::current_exe().expect("the test's own path");
        let program = program.file_name().expect("a file's name");
        let templates = shared_directory().join("templates").join(program);
        fs::create_dir_all(&templates).expect("a directory for templates");
        let build = present_build();
        Self {
            backend,
            root: templates.join(format!("{name}-{backend}")),
            name: build.clone(),
            database: format!("template_{name}_{build}"),
        }
    }

    fn directory(&self) -> PathBuf {
        self.root.join(&self.name)
    }

    fn exists(&self) -> bool {
        self.directory().exists()
            && match self.backend {
                Backend::Sqlite => true,
                // The cluster may be younger than the directory.
                Backend::Postgres => Cluster::shared().has(&self.database),
            }
    }

    fn build(&self, build: impl FnOnce(&TestDatabase) + Send) {
        let mut database = TestDatabase::made_from(self.backend, None);
        std::thread::scope(|scope| scope.spawn(|| build(&database)).join())
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        if let Some(name) = database.name.take() {
            let Self { database: kept, .. } = self;
            Cluster::shared()
                .administer(&[
                    format!(r#"DROP DATABASE IF EXISTS "{kept}""#),
                    format!(r#"ALTER DATABASE "{name}" RENAME TO "{kept}""#),
                ])
                .expect("nothing is connected to the template any more");
        }
        // What earlier builds left is of no use to anybody.
        let _ = fs::remove_dir_all(&self.root);
        let unfinished = self.root.join("unfinished");
        fs::create_dir_all(&unfinished).expect("a directory for the template");
        copy_directory(database.directory(), &unfinished);
        fs::rename(&unfinished, self.directory()).expect("the template put in place");
    }
}

/// Names what is under test: this test program and the binary beside it.
fn present_build() -> String {
    let program = std::env::current_exe().expect("the test's own path");
    let binary = shared_directory().with_file_name("behorig");
    let mut hasher = DefaultHasher::new();
    for path in [&program, &binary] {
        path.hash(&mut hasher);
        if let Ok(changed) = fs::metadata(path).and_then(|about| about.modified()) {
            changed.hash(&mut hasher);
        }
    }
    format!("{:016x}", hasher.finish())
}

fn sqlite_url(directory: &Path) -> String {
    format!("sqlite://{}", directory.join(FILE).display())
}

fn copy_directory(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a directory to copy") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a kind of file").is_dir() {
            fs::create_dir(&target).expect("a directory");
            copy_directory(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a file copied");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::both_backends;
    use sea_orm::{ConnectionTrait, DbErr};
    use sea_orm_migration::prelude::*;

    struct Register;

    #[async_trait::async_trait]
    impl MigrationTrait for Register {
        async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
            let statement = "CREATE TABLE register (name TEXT)";
            let connection = manager.get_connection();
            connection.execute_unprepared(statement).await.map(drop)
        }
    }

    impl MigrationName for Register {
        fn name(&self) -> &'static str {
            "m1_register"
        }
    }

    struct Migrator;

    impl MigratorTrait for Migrator {
        fn migrations() -> Vec<Box<dyn MigrationTrait>> {
            vec![Box::new(Register)]
        }
    }

    fn with_a_register(database: &TestDatabase) {
        block_on(async {
            let connection = database.connection().await;
            connection
                .execute_unprepared("CREATE TABLE register (name TEXT)")
                .await
                .expect("a table");
            connection.close().await.expect("closed");
        });
        fs::write(database.directory().join("key"), "secret").expect("a file");
    }

    async fn insert(database: &TestDatabase) -> Result<u64, DbErr> {
        let connection = database.connection().await;
        let statement = "INSERT INTO register VALUES ('Karin')";
        let done = connection.execute_unprepared(statement).await?;
        Ok(done.rows_affected())
    }

    fn copies_have_what_the_template_has_and_not_what_another_copy_got(backend: Backend) {
        let [first, second] =
            [(); 2].map(|()| TestDatabase::copy_of("register", backend, with_a_register));
        assert_eq!(block_on(insert(&first)), Ok(1));
        let count = block_on(async {
            let connection = second.connection().await;
            let statement = sea_orm::Statement::from_string(
                connection.get_database_backend(),
                "SELECT count(*) AS n FROM register",
            );
            let row = connection.query_one_raw(statement).await;
            row.expect("an answer")
                .expect("a row")
                .try_get::<i64>("", "n")
        });
        assert_eq!(count, Ok(0));
        let key = fs::read_to_string(second.directory().join("key"));
        assert_eq!(key.expect("the file"), "secret");
    }

    async fn an_empty_database_has_no_register(backend: Backend) {
        assert!(insert(&TestDatabase::empty(backend)).await.is_err());
    }

    async fn a_migrated_database_has_its_migrators_tables(backend: Backend) {
        let database = TestDatabase::migrated::<Migrator>(backend);
        assert_eq!(insert(&database).await, Ok(1));
    }

    both_backends! {
        copies_have_what_the_template_has_and_not_what_another_copy_got;
        async an_empty_database_has_no_register;
        async a_migrated_database_has_its_migrators_tables;
    }

    #[test]
    fn nothing_is_left_of_a_database_whose_test_is_over() {
        let database = TestDatabase::empty(Backend::Postgres);
        let name = database.name.clone().expect("a name");
        let directory = database.directory().to_owned();
        assert!(Cluster::shared().has(&name) && directory.exists());
        drop(database);
        assert!(!Cluster::shared().has(&name) && !directory.exists());
    }
}
