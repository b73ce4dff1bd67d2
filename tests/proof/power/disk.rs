//! The disk of `disk.c`: made once, put under a service, failed and cut off.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use test_support::Program;

use crate::support::Installation;

/// A disk under one installation's embedded database.
#[derive(Debug)]
pub(super) struct Disk {
    library: PathBuf,
    database: PathBuf,
    order: PathBuf,
    lying: bool,
}

/// Whether what fails was done.
#[derive(Debug, Clone, Copy)]
pub(super) enum When {
    Before,
    After,
}

impl Disk {
    /// One that keeps what was synced, and nothing else.
    pub(super) fn honest(installation: &Installation) -> Self {
        let directory = installation.directory();
        let library = directory.join("disk.so");
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/proof/power/disk.c");
        let made = Command::new("cc")
            .args(["-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-o"])
            .arg(&library)
            .args([source, "-ldl", "-lpthread"])
            .status();
        assert!(made.expect("a C compiler").success(), "disk.c is not C");
        Self {
            library,
            database: installation.file(),
            order: directory.join("fault"),
            lying: false,
        }
    }

    /// One that says it has synced the write-ahead log and has not.
    pub(super) fn lying(installation: &Installation) -> Self {
        Self {
            lying: true,
            ..Self::honest(installation)
        }
    }

    /// The program on this disk.
    pub(super) fn under(&self, program: &Program) -> Program {
        self.forget();
        let program = program
            .clone()
            .with("LD_PRELOAD", &self.library.to_string_lossy())
            .with("DISK_FAULT", &self.order.to_string_lossy());
        if self.lying {
            program.with("DISK_LIES", "1")
        } else {
            program
        }
    }

    /// Has the write or sync fail that comes after so many others.
    pub(super) fn fail(&self, steps: usize, when: When) {
        let when = match when {
            When::Before => "before",
            When::After => "after",
        };
        // Whole, whenever it is read.
        let whole = self.order.with_extension("new");
        fs::write(&whole, format!("{steps} {when}\n")).expect("an order");
        fs::rename(&whole, &self.order).expect("an order");
    }

    /// Whether the order was carried out.
    pub(super) fn has_failed(&self) -> bool {
        fs::metadata(&self.order).is_ok_and(|order| order.len() == 0)
    }

    /// Takes an order back that was not carried out.
    pub(super) fn stop_failing(&self) {
        let _there_may_be_none = fs::remove_file(&self.order);
    }

    /// Leaves the files as they were when they were last synced. The process must be dead.
    pub(super) fn cut_power(&self) {
        for end in ["", "-wal"] {
            let file = self.beside(end);
            if let Ok(journal) = fs::read(self.beside(&format!("{end}.undo"))) {
                undo(&file, &journal);
            }
        }
        // It is memory that processes share, and nobody is left.
        let _there_may_be_none = fs::remove_file(self.beside("-shm"));
        self.forget();
    }

    fn forget(&self) {
        for end in [".undo", "-wal.undo"] {
            let _there_may_be_none = fs::remove_file(self.beside(end));
        }
    }

    fn beside(&self, end: &str) -> PathBuf {
        let mut path = self.database.as_os_str().to_owned();
        path.push(end);
        path.into()
    }
}

/// Plays a journal backwards: each change is taken back by what stood there before it.
fn undo(path: &Path, mut journal: &[u8]) {
    let mut records = Vec::new();
    while let Some((head, rest)) = journal.split_first_chunk::<24>() {
        let number = |at: usize| {
            let bytes = head[at..at + 8].try_into().expect("eight bytes");
            u64::from_ne_bytes(bytes)
        };
        let (offset, length, size) = (number(0), number(8), number(16));
        let length = usize::try_from(length).expect("a length");
        let (bytes, rest) = rest.split_at(length);
        records.push((offset, bytes, size));
        journal = rest;
    }
    assert!(journal.is_empty(), "a journal that breaks off");
    let file: File = OpenOptions::new().write(true).open(path).expect("the file");
    for (offset, bytes, size) in records.into_iter().rev() {
        file.write_all_at(bytes, offset).expect("taken back");
        file.set_len(size).expect("taken back");
    }
}
