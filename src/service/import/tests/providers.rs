//! Whose care provider an organisation lies in, as feeds say it or leave it out.

use super::*;

#[tokio::test]
async fn a_care_provider_that_becomes_wider_is_a_gain_and_a_narrower_one_is_none() {
    let committee = r#""name":"Tandvårdsnämnden","parent":"TSTNMT2321000001-1001","type":"authority","authority":true,"careProvider":"#;
    let by_itself = edited(&format!("{committee}false"), &format!("{committee}true"));
    let root = r#""type":"region","authority":true,"careProvider":"#;
    let nowhere = edited(&format!("{root}true"), &format!("{root}false"));
    let unsaid = region()
        .replace(r#","careProvider":false"#, "")
        .replace(r#","careProvider":true"#, "");
    for place in places().await {
        place.import(&region(), &options()).await.unwrap();
        let told = "SELECT COUNT(*) FROM import_flag WHERE flag = 'gainOfPrivilege' \
                    AND detail = 'careProvider'";
        let before = place.import(&by_itself, &options()).await.unwrap();
        assert_eq!(
            before.gains_of_privilege, 0,
            "a committee apart is narrower"
        );
        assert_eq!(place.number(told).await, 0);
        let merged = place.import(&region(), &options()).await.unwrap();
        assert_eq!(
            merged.gains_of_privilege, 1,
            "and with the others again it is wider"
        );
        let lost = place.import(&nowhere, &options()).await.unwrap();
        assert_eq!(
            lost.gains_of_privilege, 1,
            "no line is drawn around what is in no care provider"
        );
        let said = place.import(&unsaid, &options()).await.unwrap();
        assert_eq!(
            said.gains_of_privilege, 1,
            "the region is one by itself, where there was none"
        );
        let same = place.import(&region(), &options()).await.unwrap();
        assert_eq!(
            same.kinds[&Kind::Organisation].changed,
            0,
            "as the feed says when it says so"
        );
        place.done().await;
    }
}
