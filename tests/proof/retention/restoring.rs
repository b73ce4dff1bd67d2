//! A log that goes on from a backup: nobody is deceived, and two human beings say what was lost.

use std::fs;
use std::time::Duration;

use serde_json::json;
use test_support::{Backend, Issuer, Outcome, Region, both_backends};

use super::{all_is_well, decide, exported, file, inspected, notary, number, path};
use crate::bundle::{Case, GOOD, INCOMPLETE, TAMPERED};
use crate::support::{Installation, Site, clinicians};

const FIRST: &str = "TSTNMT2321000016-FIRST";
const SECOND: &str = "TSTNMT2321000016-SECOND";

/// A log with two administrators, at the time of its backup.
fn backed_up(backend: Backend) -> (Installation, Region) {
    Installation::after("backed-up300", 300, backend, |site, _| {
        for (hsa_id, individual) in [(FIRST, "first"), (SECOND, "second")] {
            let arguments = [
                "recover",
                "--administrator",
                hsa_id,
                "--individual",
                individual,
                "--given-name",
                "Ada",
                "--family-name",
                individual,
                "--reason",
                "a trial",
            ];
            let _recovered = site.program().run(&arguments).succeeded();
        }
        let _begun = notary(site, &["--create"]).succeeded();
    })
}

/// A token in a file.
fn token(site: &Site, hsa_id: &str, level: u8) -> String {
    let mut claims = Issuer::person(hsa_id, level, Duration::ZERO);
    if level >= 3 {
        claims["amr"] = json!(["mfa", "sc"]);
    }
    let path = file(site, &format!("token-{hsa_id}-{level}"));
    fs::write(&path, Issuer::TRUSTED.token(&claims)).expect("a token");
    path.to_string_lossy().into_owned()
}

fn adopt(site: &Site, tokens: &[&str]) -> Outcome {
    let leaves = path(site, "leaves");
    let mut arguments = vec!["log", "adopt-restore", "--leaves", &leaves];
    arguments.extend(["--reason", "the disk array burned"]);
    for token in tokens {
        arguments.extend(["--token", token]);
    }
    site.program().run(&arguments)
}

/// `behorig log doctor`, with the notary's file.
fn doctor(site: &Site) -> Outcome {
    let leaves = path(site, "leaves");
    site.program().run(&["log", "doctor", "--leaves", &leaves])
}

#[track_caller]
fn refused(said: Outcome, code: i32, words: &str) {
    let said = said.ended_with(code);
    assert!(said.stderr().contains(words), "{}", said.stderr());
}

/// A backup that was put in the place of a log that had gone on, with the notary's memory of that.
struct Restored {
    installation: Installation,
    region: Region,
    /// How many events the backup has, and how many were recorded.
    common: u64,
    lost: u64,
    /// The last checkpoint of the backup, of what was lost, and one of more than there ever was.
    old: String,
    kept: String,
}

fn restored(backend: Backend) -> Restored {
    let (later, region) = backed_up(backend);
    let old = notary(&later, &[]).succeeded().stdout().to_owned();
    decide(&later, &region, 5);
    let kept = notary(&later, &[]).succeeded().stdout().to_owned();
    let size = |note: &str| {
        let line = note.lines().nth(1).expect("a size");
        line.parse().expect("a number")
    };
    let (installation, _) = backed_up(backend);
    for name in ["leaves", "leaves.checkpoints"] {
        fs::copy(file(&later, name), file(&installation, name)).expect("copied");
    }
    Restored {
        installation,
        region,
        common: size(&old),
        lost: size(&kept),
        old,
        kept,
    }
}

fn two_human_beings_say_what_was_lost_and_it_goes_on(backend: Backend) {
    let restored = restored(backend);
    let site = &restored.installation;
    // Some have gone on before anybody noticed.
    decide(site, &restored.region, 2);
    refused(notary(site, &[]), 2, "the log was cut");
    refused(doctor(site), 2, "the notary remembers");

    let (first, second) = (token(site, FIRST, 3), token(site, SECOND, 3));
    let clinician = token(site, &clinicians(&restored.region)[0].person, 3);
    let weak = token(site, SECOND, 2);
    refused(adopt(site, &[&first]), 1, "two tokens are needed");
    refused(
        adopt(site, &[&first, &first]),
        1,
        "two individuals are needed",
    );
    refused(adopt(site, &[&first, &weak]), 1, "may not");
    refused(adopt(site, &[&clinician, &first]), 1, "may not");
    let unknown = token(site, "TSTNMT2321000016-NOBODY", 3);
    refused(
        adopt(site, &[&first, &unknown]),
        1,
        "is not in the register",
    );
    let epoch = |installation: &Installation| number(installation, "SELECT epoch FROM audit_head");
    assert_eq!(epoch(site), 0);

    let said = adopt(site, &[&first, &second]).succeeded();
    let words = format!("goes on from {} events", restored.common);
    assert!(said.stdout().contains(&words), "{}", said.stdout());
    assert_eq!(epoch(site), 1);
    refused(
        adopt(site, &[&first, &second]),
        1,
        "accounts for that already",
    );
    refused(doctor(site), 3, "the notary remembers");

    // The notary consents by itself.
    assert_eq!(notary(site, &[]).code(), Some(2));
    refused(
        notary(site, &["--accept-restore", "2"]),
        1,
        "no event of the log",
    );
    let _accepted = notary(site, &["--accept-restore", "1"]).succeeded();
    all_is_well(site);
    let aside = fs::metadata(file(site, "leaves.before-epoch-1")).expect("what was lost");
    assert_eq!(aside.len(), restored.lost * 32);
    assert!(file(site, "leaves.before-epoch-1.checkpoints").exists());
    decide(site, &restored.region, 9);
    all_is_well(site);
    let _healthy = doctor(site).succeeded();
    refused(
        notary(site, &["--accept-restore", "1"]),
        1,
        "nothing was lost",
    );
    kept_checkpoints_are_told_apart(&restored);
}

/// A checkpoint of what was lost is no alarm and no proof; one of what there never was is an alarm to whoever has
/// the database, and to whoever has a bundle no proof.
fn kept_checkpoints_are_told_apart(restored: &Restored) {
    let site = &restored.installation;
    let bundle = exported(site, "bundle", &[]);
    let bundle = fs::read(bundle).expect("a bundle");
    let never = restored
        .kept
        .replacen(&format!("\n{}\n", restored.lost), "\n1000000\n", 1);
    let never = never.split_once("\n\n").expect("a note").0.to_owned()
        + "\n\n— elsewhere AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
    for (name, note, of_bundle, code) in [
        ("old", &restored.old, GOOD, GOOD),
        ("kept", &restored.kept, INCOMPLETE, INCOMPLETE),
        ("never", &never, INCOMPLETE, TAMPERED),
    ] {
        println!("{name}");
        Case::of(&bundle).keeping(note).must(of_bundle, &[]);
        let file = path(site, name);
        fs::write(&file, note).expect("a note");
        let said = inspected(site, &["--checkpoint", &file]);
        let _said = said.ended_with(code);
    }
}

fn a_restore_that_lost_nothing_is_none_and_another_memory_is_no_proof(backend: Backend) {
    let (installation, region) = backed_up(backend);
    let tokens = [
        token(&installation, FIRST, 3),
        token(&installation, SECOND, 3),
    ];
    let tokens = [tokens[0].as_str(), tokens[1].as_str()];
    refused(adopt(&installation, &tokens), 1, "nothing was lost");
    decide(&installation, &region, 1);
    refused(adopt(&installation, &tokens), 1, "nothing was lost");
    fs::write(file(&installation, "leaves"), [7; 64]).expect("a file");
    refused(adopt(&installation, &tokens), 1, "of two logs");
    fs::remove_file(file(&installation, "leaves")).expect("removed");
    let _refused = adopt(&installation, &tokens).ended_with(1);
}

fn a_server_that_has_seen_what_was_lost_stops_deciding(backend: Backend) {
    let restored = restored(backend);
    let site = &restored.installation;
    let serving = site.serve();
    let tokens = [token(site, FIRST, 3), token(site, SECOND, 3)];
    let _adopted = adopt(site, &[&tokens[0], &tokens[1]]).succeeded();
    let one = &clinicians(&restored.region)[0];
    let question = crate::support::Question::record(&one.person, "sys-000", &one.unit);
    test_support::block_on(async {
        let gateway = crate::support::Caller::gateway(&serving);
        let answer = gateway.authorize(&question).await.expect("an answer");
        assert_eq!(answer.outcome(), None, "{answer:?}");
        let ready = reqwest::get(format!("http://{}/readyz", serving.address())).await;
        assert_eq!(ready.expect("an answer").status().as_u16(), 503);
    });
    drop(serving);
    decide(site, &restored.region, 1);
}

both_backends! {
    two_human_beings_say_what_was_lost_and_it_goes_on;
    a_restore_that_lost_nothing_is_none_and_another_memory_is_no_proof;
    a_server_that_has_seen_what_was_lost_stops_deciding;
}
