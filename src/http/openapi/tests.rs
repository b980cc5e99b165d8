use super::*;
use crate::http::body::Patch;
use crate::http::paging::{Page, Paging};
use crate::rules::terms::{Category, HalfDays, Role, UnitId};
use actix_web::{HttpResponse, Route, web};
use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, JsonSchema)]
struct Period {
    from: NaiveDate,
    #[serde(default)]
    to: Option<NaiveDate>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only the schema is made")]
struct Ask {
    name: String,
    periods: Vec<Period>,
    heads: u32,
    #[serde(default)]
    unit_id: Patch<UnitId>,
}

#[derive(Serialize, JsonSchema)]
struct View {
    unit_id: Option<UnitId>,
    days: HalfDays,
    periods: Vec<Period>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only the schema is made")]
struct Filter {
    category: Option<Category>,
    year: Option<i32>,
    on: NaiveDate,
    #[serde(flatten)]
    paging: Paging,
}

fn route() -> Route {
    web::route().to(HttpResponse::Ok)
}

fn made() -> Value {
    document(&[
        Endpoint::get("/things", "list_things", Access::RolesOrSelf(&[Role::Hr]), route)
            .query::<Filter>()
            .answer::<Page<View>>(200),
        Endpoint::post("/things", "create_thing", Access::Roles(&[Role::Hr]), route).body::<Ask>().created::<View>(),
        Endpoint::patch("/things/{id}", "edit_thing", Access::SignedIn, route)
            .merge_patch::<Ask>()
            .if_match()
            .answer::<View>(200),
        Endpoint::post("/auth/login", "login", Access::Public, route).body::<Ask>().answer::<View>(200),
    ])
}

#[test]
fn it_is_the_same_each_time_and_every_reference_leads_somewhere() {
    let document = made();
    assert_eq!(document.to_string(), made().to_string());
    let text = document.to_string();
    for part in text.split("\"$ref\":\"#").skip(1) {
        let place = part.split('"').next().unwrap();
        assert!(document.pointer(place).is_some(), "{place}");
    }
}

#[test]
fn parameters_say_what_is_read() {
    let document = made();
    let list = &document["paths"]["/api/v1/things"]["get"];
    let parameter =
        |name: &str| list["parameters"].as_array().unwrap().iter().find(|one| one["name"] == name).unwrap().clone();
    assert_eq!(parameter("category")["schema"], json!({"$ref": "#/components/schemas/Category"}));
    assert_eq!(parameter("year")["schema"]["type"], "integer");
    assert_eq!(parameter("year")["schema"]["maximum"], i32::MAX);
    assert_eq!((&parameter("on")["required"], &parameter("year")["required"]), (&json!(true), &json!(false)));
    assert_eq!(parameter("limit")["schema"]["maximum"], 500);
    assert_eq!(parameter("cursor")["schema"]["type"], "string");
    assert_eq!(list["x-roles"], json!(["hr", "self"]));
    assert!(document["components"]["schemas"].get("Filter").is_none());
}

#[test]
fn a_type_that_is_read_and_answered_differently_has_two_names() {
    let document = made();
    let schemas = &document["components"]["schemas"];
    assert_eq!(schemas["Ask"]["properties"]["periods"]["items"]["$ref"], "#/components/schemas/PeriodInput");
    assert_eq!(schemas["View"]["properties"]["periods"]["items"]["$ref"], "#/components/schemas/Period");
    assert_eq!(schemas["Period"]["required"], json!(["from", "to"]));
    assert_eq!(schemas["PeriodInput"]["required"], json!(["from"]));
    assert_eq!(schemas["Ask"]["additionalProperties"], json!(false));
    assert_eq!(schemas["Ask"]["required"], json!(["name", "periods", "heads"]));
}

#[test]
fn refusals_follow_from_the_shape() {
    let document = made();
    let statuses = |path: &str, method: &str| -> Vec<String> {
        document["paths"][path][method]["responses"].as_object().unwrap().keys().cloned().collect()
    };
    assert_eq!(statuses("/api/v1/things", "get"), ["200", "400", "401", "403", "404", "500", "503"]);
    assert_eq!(
        statuses("/api/v1/things/{id}", "patch"),
        ["200", "400", "401", "403", "404", "409", "412", "413", "415", "422", "428", "500", "503"]
    );
    assert!(statuses("/api/v1/auth/login", "post").contains(&"429".to_owned()));
    assert_eq!(document["paths"]["/api/v1/auth/login"]["post"]["security"], json!([]));
}
