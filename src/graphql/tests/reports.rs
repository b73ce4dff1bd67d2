//! Reports: leave first, then once a request, a few at a time, and only while somebody waits.

use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::execute::Waiting;

const MATRIX: &str = "{ segmentationMatrix(first: 1) { nodes { principalId } } }";

/// The same reports under many names, on pages of different sizes.
fn repeated() -> String {
    let matrices =
        (1..=8).map(|n| format!("m{n}: segmentationMatrix(first: {n}) {{ totalCount }} "));
    let few = (1..=3).map(|n| format!("f{n}: understaffedSegments(first: {n}) {{ totalCount }} "));
    let reaches = (1..=4)
        .map(|n| format!("r{n}: reach(principal: {{ hsaId: \"{ANNA}\" }}) {{ serversTotal }} "));
    let stats = (1..=2).map(|n| format!("s{n}: decisionStats {{ total }} "));
    let all: String = matrices.chain(few).chain(reaches).chain(stats).collect();
    format!("{{ {all} }}")
}

#[tokio::test]
async fn equal_reports_are_worked_out_once_a_request() {
    let house = House::new().await;
    house.data("everywhere", &repeated(), json!({})).await;
    // Who administers what, what Anna reaches, and the counts.
    assert_eq!(house.desk.reports(), 3);
    house.data("everywhere", MATRIX, json!({})).await;
    assert_eq!(house.desk.reports(), 4, "another request, another moment");
}

#[tokio::test]
async fn nothing_is_worked_out_for_whoever_may_see_none_of_it() {
    let house = House::new().await;
    let document = "{ segmentationMatrix { totalCount nodes { principalId } } understaffedSegments \
        { totalCount } reach(principal: { hsaId: \"SE2321000016-3000\" }) { serversTotal } \
        decisionStats { total } policyImpact(guardrail: \"no-escalation\") { guardrail } }";
    let answer = house.answer("nowhere", document, json!({})).await;
    let refused = answer["errors"].as_array().unwrap();
    let refused = refused.iter().map(|error| {
        assert_eq!(error["extensions"]["code"], "FORBIDDEN", "{answer}");
        error["path"][0].as_str().unwrap()
    });
    let reports = [
        "policyImpact",
        "reach",
        "segmentationMatrix",
        "understaffedSegments",
    ];
    assert_eq!(refused.collect::<BTreeSet<_>>(), reports.into());
    assert_eq!(answer["data"]["reach"], Value::Null);
    assert_eq!(answer["data"]["decisionStats"]["total"], 0);
    assert_eq!(house.desk.reports(), 0);
}

#[tokio::test]
async fn a_callers_reports_take_turns_and_nobody_else_waits_for_them() {
    let house = House::new().await;
    let (claimant, _) = house.calling("everywhere").await;
    let turn = house.desk.hold_report(&claimant).await;
    let over = AtomicBool::new(false);
    let report = async {
        house.data("everywhere", MATRIX, json!({})).await;
        assert!(over.load(Ordering::SeqCst), "there was a turn too many");
    };
    let others = async {
        house.data("in-region", MATRIX, json!({})).await;
        house.listed("everywhere", "persons").await;
        over.store(true, Ordering::SeqCst);
        drop(turn);
    };
    futures_util::future::join(report, others).await;
    assert_eq!(house.desk.reports(), 2);
}

#[tokio::test]
async fn whoever_has_hung_up_has_nothing_worked_out_and_what_was_decided_is_on_record() {
    let house = House::new().await;
    let (claimant, meta) = house.calling("everywhere").await;
    let (still_there, waiting) = Waiting::begin();
    drop(still_there);
    let meta = RequestMeta { waiting, ..meta };
    let prepared = house.executor.prepare(&Asked::of(MATRIX, json!({})));
    let sealed = house.executor.execute(prepared.unwrap(), claimant, meta);
    let answer = serde_json::to_value(sealed.await.unwrap().into_response()).unwrap();
    assert_eq!(
        answer["errors"][0]["extensions"]["code"], "TIMEOUT",
        "{answer}"
    );
    assert_eq!(house.desk.reports(), 0);
    let told = "{ decisions(first: 1) { nodes { permission principal outcome } } }";
    let told = house.data("everywhere", told, json!({})).await;
    let decision = &told["decisions"]["nodes"][0];
    assert_eq!(decision["permission"], "reach:read", "{told}");
    assert_eq!(decision["principal"], "everywhere");
}
