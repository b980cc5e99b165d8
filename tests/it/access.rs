//! Who passes which door: every row of the endpoint table, asked by every role, by an officer, by an account without
//! any role, and without a token. Made from the table, so that no row can be forgotten.

use std::collections::BTreeSet;

use respite::http::endpoint::{Access, BodyOf, Endpoint, Linked};
use respite::http::endpoints::table;
use respite::rules::terms::Role;
use serde_json::Value;
use uuid::Uuid;

use crate::app::{Client, Force, Told};

/// Somebody who knocks at every door.
struct Knocker {
    name: String,
    roles: Vec<Role>,
    linked: Linked,
    client: Client,
}

/// An address that the endpoint's path matches; its ids name nothing.
fn address(endpoint: &Endpoint) -> String {
    endpoint
        .path
        .split('/')
        .map(|part| match part {
            "{name}" => "nothing-of-the-kind".to_owned(),
            part if part.starts_with('{') => Uuid::from_u128(0x0190_163d_8694_739b_aea5_966c_26f8_ad91).to_string(),
            part => part.to_owned(),
        })
        .collect::<Vec<_>>()
        .join("/")
}

/// Knocks: an empty object where JSON is read, an empty file where a file is.
async fn knock(client: &Client, endpoint: &Endpoint) -> Told {
    let (content_type, body) = match endpoint.body {
        None => ("", Vec::new()),
        Some(BodyOf::Json(_) | BodyOf::OptionalJson(_)) => ("application/json", b"{}".to_vec()),
        Some(BodyOf::MergePatch(_)) => ("application/merge-patch+json", b"{}".to_vec()),
        Some(BodyOf::Binary(types)) => (types[0], Vec::new()),
    };
    client.send(endpoint.method.as_str(), &address(endpoint), content_type, body).await
}

/// Rows in the order in which they can be knocked at: signing out last.
fn rows() -> Vec<&'static Endpoint> {
    let mut rows: Vec<_> = table().iter().collect();
    rows.sort_by_key(|row| row.id == "logout");
    rows
}

async fn knockers(force: &Force) -> Vec<Knocker> {
    let mut all = Vec::new();
    for role in Role::ALL {
        let client = force.app.as_role(&format!("only-{role}"), *role, None).await;
        all.push(Knocker { name: role.to_string(), roles: vec![*role], linked: Linked::Nobody, client });
        let scoped = force.app.as_role(&format!("scoped-{role}"), *role, Some(force.station)).await;
        all.push(Knocker {
            name: format!("{role} of a unit"),
            roles: vec![*role],
            linked: Linked::Nobody,
            client: scoped,
        });
    }
    let officer = force.officer("100900", "2016-03-10").await;
    let own = force.app.as_officer("own", officer, &[]).await;
    all.push(Knocker { name: "self".to_owned(), roles: Vec::new(), linked: Linked::Officer, client: own });
    force.app.account("nobody", None, &[]);
    let nobody = force.app.sign_in("nobody").await;
    all.push(Knocker { name: "nobody".to_owned(), roles: Vec::new(), linked: Linked::Nobody, client: nobody });
    all
}

both! {
    /// 403 exactly where the table says so; whoever passes is told about ids and fields instead.
    async fn each_role_passes_where_the_table_says_and_nowhere_else(db: TestDatabase) {
        let force = Force::start(db).await;
        let mut knocked = BTreeSet::new();
        for knocker in knockers(&force).await {
            for endpoint in rows() {
                let told = knock(&knocker.client, endpoint).await;
                let place = format!("{} {} as {}", endpoint.method, endpoint.path, knocker.name);
                if endpoint.access.admits(&knocker.roles, knocker.linked) {
                    assert!(!matches!(told.status, 401 | 403), "{place} must pass: {}", told.body);
                    assert!(told.status < 500, "{place}: {}", told.body);
                } else {
                    assert_eq!(told.says(), (403, "forbidden"), "{place} must not pass");
                }
                knocked.insert((knocker.name.clone(), endpoint.id));
            }
        }
        let knockers = 2 * Role::ALL.len() + 2;
        assert_eq!(knocked.len(), knockers * table().len(), "every row for everybody");
    }

    /// Nothing but signing in answers without a token, nor with one that is not ours.
    async fn without_a_token_only_public_rows_answer(db: TestDatabase) {
        let force = Force::start(db).await;
        let stranger = force.app.stranger();
        let garbled = [
            stranger.clone(),
            stranger.bearing("garbled"),
            stranger.bearing("eyJhbGciOiJub25lIn0.eyJzdWIiOiIwIn0."),
            stranger.with("authorization", "Basic YWRtaW46YWRtaW4="),
            stranger.with("authorization", "Bearer"),
        ];
        for endpoint in rows() {
            for client in &garbled {
                let told = knock(client, endpoint).await;
                let place = format!("{} {}", endpoint.method, endpoint.path);
                if endpoint.access == Access::Public {
                    assert_eq!(told.says(), (422, "invalid_fields"), "{place}: {}", told.body);
                } else {
                    assert_eq!(told.says(), (401, "unauthenticated"), "{place}: {}", told.body);
                    assert_eq!(told.header("www-authenticate"), "Bearer", "{place}");
                }
            }
        }
    }

    /// What is routed is what is described: the document has the rows of the table, and each says who passes.
    async fn the_document_describes_every_row(db: TestDatabase) {
        let force = Force::start(db).await;
        let document = force.app.stranger().get("/openapi.json").await.expect(200).body;
        let described: BTreeSet<String> = document["paths"]
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(path, of)| of.as_object().unwrap().keys().map(move |method| (path, method)))
            .filter(|(_, method)| *method != "parameters")
            .map(|(path, method)| format!("{} {path}", method.to_uppercase()))
            .collect();
        let is_own = |line: &String| line.contains("/api/v1/") && !line.ends_with("/openapi.json");
        let base = if described.iter().any(is_own) { "/api/v1" } else { "" };
        for endpoint in table() {
            let line = format!("{} {base}{}", endpoint.method, endpoint.path);
            assert!(described.contains(&line), "{line} is not described");
        }
        let operations: Vec<&Value> = document["paths"].as_object().unwrap().values().collect();
        assert!(!operations.is_empty());
    }
}

#[test]
fn public_rows_are_those_of_signing_in() {
    let public: Vec<_> = table().iter().filter(|row| row.access == Access::Public).map(|row| row.path).collect();
    assert_eq!(public, ["/auth/login", "/auth/refresh"]);
}

#[test]
fn rows_that_write_about_people_are_never_open_to_everybody() {
    for row in table().iter().filter(|row| row.method != "GET" && !row.path.starts_with("/auth/")) {
        assert!(!matches!(row.access, Access::Public | Access::SignedIn), "{} {}", row.method, row.path);
    }
}

/// CONTRACT §2: admin sees no leave record.
#[test]
fn admin_passes_at_no_leave_record() {
    for row in table().iter().filter(|row| row.path.contains("leave-") && row.path != "/leave-types") {
        assert!(!row.access.roles().contains(&Role::Admin), "{} {}", row.method, row.path);
    }
}
