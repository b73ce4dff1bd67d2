//! Subscriptions on a clock that is moved by hand.

use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;

use super::super::execute::Delivery;
use super::*;

const FOLLOW: &str = "subscription { decisionRecorded { id seq principal permission target } }";

impl House {
    async fn follow(&self, caller: &str) -> (BoxStream<'static, Delivery>, Instant) {
        let (claimant, meta) = self.calling(caller).await;
        let expires_at = claimant.expires_at();
        let prepared = self.executor.prepare(&Asked::of(FOLLOW, json!({})));
        let deliveries = self
            .executor
            .subscribe(prepared.unwrap(), claimant, meta, None);
        (deliveries, expires_at)
    }
}

/// The next decision, and its place.
async fn told(deliveries: &mut BoxStream<'static, Delivery>) -> Result<(u64, Value), Value> {
    let delivery = deliveries.next().await.unwrap();
    let mut response = serde_json::to_value(delivery.response.into_response()).unwrap();
    match delivery.place {
        Some(place) => Ok((place, response["data"]["decisionRecorded"].take())),
        None => Err(response["errors"][0].take()),
    }
}

#[tokio::test]
async fn nothing_is_given_from_the_instant_on_at_which_the_token_expires() {
    let house = House::new().await;
    let (mut deliveries, expires_at) = house.follow("everywhere").await;
    let (_, own) = told(&mut deliveries).await.unwrap();
    assert_eq!(own["permission"], "decision:read");
    for _ in 0..3 {
        house
            .data("everywhere", "{ log { size } }", json!({}))
            .await;
    }
    let (place, first) = told(&mut deliveries).await.unwrap();
    assert_eq!(first["seq"].as_u64(), Some(place));
    house.clock.set(expires_at.plus_seconds(-1));
    told(&mut deliveries).await.unwrap();
    house.clock.set(expires_at);
    let error = told(&mut deliveries).await.unwrap_err();
    assert_eq!(error["extensions"]["code"], "UNAUTHENTICATED");
    let said = "Inloggningen har gått ut. Logga in på nytt.";
    assert_eq!(error["message"], said, "as the caller wants it");
    assert!(deliveries.next().await.is_none());
}

#[tokio::test]
async fn what_may_be_read_is_decided_again_after_a_while_though_nothing_happens() {
    let house = House::new().await;
    let (mut deliveries, _) = house.follow("everywhere").await;
    let (first, own) = told(&mut deliveries).await.unwrap();
    assert_eq!(own["principal"], "everywhere");
    house.clock.set(now().plus_seconds(59));
    house.data("in-akut", "{ log { size } }", json!({})).await;
    let (second, other) = told(&mut deliveries).await.unwrap();
    assert_eq!(
        (second, &other["principal"]),
        (first + 1, &json!("in-akut"))
    );
    house.clock.set(now().plus_seconds(61));
    let (third, again) = told(&mut deliveries).await.unwrap();
    assert_eq!(
        (third, &again["principal"]),
        (second + 1, &json!("everywhere"))
    );
    assert_ne!(again["id"], own["id"]);
}

#[tokio::test]
async fn each_caller_is_given_what_it_may_read() {
    let house = House::new().await;
    let (mut of_akut, _) = house.follow("in-akut").await;
    let mut waiting = Box::pin(told(&mut of_akut));
    // It begins when it is first asked.
    assert!(futures_util::poll!(&mut waiting).is_pending());
    let (mut nobody, _) = house.follow("nowhere").await;
    let refused = told(&mut nobody).await.unwrap_err();
    assert_eq!(refused["extensions"]["code"], "FORBIDDEN");
    let document = "query ($id: ID!) { node(id: $id) { id } }";
    loop {
        // Barn, which is not Akut, and Akut.
        for letter in ["c", "b"] {
            let id = format!("org_0000000000000000000000000{letter}");
            house
                .data("everywhere", document, json!({ "id": id }))
                .await;
        }
        if let std::task::Poll::Ready(given) = futures_util::poll!(&mut waiting) {
            let (_, decision) = given.unwrap();
            assert_eq!(decision["target"], "SE2321000016-2000");
            break;
        }
    }
}
