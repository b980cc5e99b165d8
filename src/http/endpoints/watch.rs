//! Violations, rest orders, derogations and couples.

use actix_web::web;

use crate::app::error::Code;
use crate::http::accounts::Nothing;
use crate::http::endpoint::{Access, Endpoint};
use crate::http::export::TYPES;
use crate::http::paging::Page;
use crate::http::rest_violations as violations;
use crate::http::{couples, derogations, rest_duties, rest_orders as orders};
use crate::rules::terms::Role;

const READS: Access = Access::RolesOrSelf(&[Role::Hr, Role::Leader, Role::BureauLeader, Role::Auditor]);
const LEADS: Access = Access::Roles(&[Role::Leader, Role::BureauLeader]);
const ASKS: Access = Access::Roles(&[Role::Leader, Role::BureauLeader, Role::Hr]);
const WATCHES: Access = Access::Roles(&[Role::Leader, Role::BureauLeader, Role::Hr, Role::Auditor]);
const SPARED: Access = Access::RolesOrSelf(&[Role::Hr]);
const ONESELF: Access = Access::RolesOrSelf(&[]);
const PLANS: Access = Access::RolesOrSelf(&[Role::Hr, Role::Leader, Role::BureauLeader]);
const DECIDES: Access = Access::Roles(&[Role::BureauLeader]);
const OWES: Access = Access::Roles(&[Role::Leader, Role::BureauLeader, Role::Hr, Role::ReportService]);
const VERIFIES: Access = Access::Roles(&[Role::Hr]);

/// The rows.
pub(super) fn rows() -> Vec<Endpoint> {
    let mut rows = of_violations();
    rows.extend(of_orders());
    rows.extend(of_derogations());
    rows.extend(of_couples());
    rows.push(
        Endpoint::get("/units/{id}/rest-duties", "list_rest_duties", OWES, || web::get().to(rest_duties::list))
            .summary("What a unit owes its people: since when, by when, how far it has gone up; the earliest first")
            .query::<rest_duties::DutiesQuery>()
            .binary_answer(TYPES)
            .answer::<rest_duties::UnitDutiesView>(200),
    );
    rows
}

fn of_violations() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/rest-violations", "list_rest_violations", READS, || web::get().to(violations::list))
            .summary("What units owe: violations of the rules of rest, newest first; as a page or as a file")
            .query::<violations::ListViolations>()
            .answer::<Page<violations::ViolationView>>(200)
            .binary_answer(TYPES),
        Endpoint::get("/rest-violations/{id}", "get_rest_violation", READS, || web::get().to(violations::show))
            .summary("One violation with the shifts that prove it and what happened to it")
            .answer::<violations::WholeViolationView>(200)
            .etag(),
        Endpoint::post("/rest-violations/{id}/acknowledge", "acknowledge_rest_violation", LEADS, || {
            web::post().to(violations::acknowledge)
        })
        .summary("A leader of the unit has seen it")
        .optional_body::<violations::NoteBody>()
        .answer::<violations::WholeViolationView>(200)
        .errors(&[Code::OwnRecord])
        .etag(),
        Endpoint::post("/rest-violations/{id}/remedy", "remedy_rest_violation", LEADS, || {
            web::post().to(violations::remedy)
        })
        .summary("A leader of the unit has made it good")
        .body::<violations::RemedyBody>()
        .answer::<violations::WholeViolationView>(200)
        .errors(&[Code::OwnRecord])
        .etag(),
        Endpoint::post("/rest-violations/{id}/verify", "verify_rest_violation", VERIFIES, || {
            web::post().to(violations::verify)
        })
        .summary("hr has checked that it was made good")
        .optional_body::<violations::NoteBody>()
        .answer::<violations::WholeViolationView>(200)
        .errors(&[Code::OwnRecord])
        .etag(),
        Endpoint::post("/rest-violations/{id}/accept", "accept_rest_violation", VERIFIES, || {
            web::post().to(violations::accept)
        })
        .summary("hr accepts it until a date")
        .body::<violations::AcceptBody>()
        .answer::<violations::WholeViolationView>(200)
        .errors(&[Code::OwnRecord])
        .etag(),
    ]
}

fn of_derogations() -> Vec<Endpoint> {
    vec![
        Endpoint::post("/derogations", "ask_derogation", ASKS, || web::post().to(derogations::create))
            .summary("Ask that an operation loosens the rules of rest, for 14 days at the most")
            .body::<derogations::NewDerogationBody>()
            .created::<derogations::DerogationView>()
            .errors(&[Code::NotFound])
            .etag(),
        Endpoint::get("/derogations", "list_derogations", WATCHES, || web::get().to(derogations::list))
            .summary("Derogations, newest first")
            .query::<derogations::ListDerogations>()
            .answer::<Page<derogations::DerogationView>>(200),
        Endpoint::get("/derogations/{id}", "get_derogation", WATCHES, || web::get().to(derogations::show))
            .summary("One derogation")
            .answer::<derogations::DerogationView>(200)
            .etag(),
        Endpoint::post("/derogations/{id}/approve", "approve_derogation", DECIDES, || {
            web::post().to(derogations::approve)
        })
        .summary("A bureau leader above approves it; never the one who asked")
        .optional_body::<Nothing>()
        .answer::<derogations::DerogationView>(200)
        .errors(&[Code::OwnRequest])
        .etag(),
        Endpoint::post("/derogations/{id}/refuse", "refuse_derogation", DECIDES, || {
            web::post().to(derogations::refuse)
        })
        .summary("A bureau leader above refuses it")
        .body::<derogations::RefuseDerogationBody>()
        .answer::<derogations::DerogationView>(200)
        .errors(&[Code::OwnRequest])
        .etag(),
        Endpoint::post("/derogations/{id}/end", "end_derogation", ASKS, || web::post().to(derogations::end))
            .summary("End it before its time")
            .body::<derogations::EndDerogationBody>()
            .answer::<derogations::DerogationView>(200)
            .etag(),
    ]
}

fn of_orders() -> Vec<Endpoint> {
    vec![
        Endpoint::post("/rest-orders", "draft_rest_order", LEADS, || web::post().to(orders::create))
            .summary("Draft a rest order; the service drafts one after 24 hours of duty by itself")
            .body::<orders::NewOrderBody>()
            .created::<orders::WholeOrderView>()
            .errors(&[Code::NotFound, Code::OwnRecord])
            .etag(),
        Endpoint::get("/rest-orders", "list_rest_orders", PLANS, || web::get().to(orders::list))
            .summary("Rest orders, newest first")
            .query::<orders::ListOrders>()
            .answer::<Page<orders::OrderView>>(200),
        Endpoint::get("/rest-orders/{id}", "get_rest_order", PLANS, || web::get().to(orders::show))
            .summary("One rest order, with what was let happen inside it and the shifts to be changed")
            .answer::<orders::WholeOrderView>(200)
            .etag(),
        Endpoint::post("/rest-orders/{id}/issue", "issue_rest_order", LEADS, || web::post().to(orders::issue))
            .summary("Issue it: it binds the roster")
            .optional_body::<orders::IssueBody>()
            .answer::<orders::WholeOrderView>(200)
            .errors(&[Code::OwnRecord, Code::NoPolicy])
            .etag(),
        Endpoint::post("/rest-orders/{id}/override", "override_rest_order", DECIDES, || {
            web::post().to(orders::override_order)
        })
        .summary("Let duty happen inside it until an instant; then it binds again by itself")
        .body::<orders::OverrideBody>()
        .answer::<orders::WholeOrderView>(200)
        .errors(&[Code::OwnRecord])
        .etag(),
        Endpoint::post("/rest-orders/{id}/end", "end_rest_order", LEADS, || web::post().to(orders::end))
            .summary("End it before its time, or discard a draft")
            .optional_body::<Nothing>()
            .answer::<orders::WholeOrderView>(200)
            .errors(&[Code::OwnRecord])
            .etag(),
    ]
}

fn of_couples() -> Vec<Endpoint> {
    vec![
        Endpoint::post("/couples", "ask_couple", ONESELF, || web::post().to(couples::create))
            .summary("Opt in as a dual-police couple; the partner has to agree")
            .body::<couples::NewCoupleBody>()
            .created::<couples::CoupleView>()
            .errors(&[Code::NotFound, Code::WrongState])
            .etag(),
        Endpoint::get("/couples", "list_couples", SPARED, || web::get().to(couples::list))
            .summary("One's own couple; hr: those of its people")
            .query::<couples::ListCouples>()
            .answer::<Page<couples::CoupleView>>(200),
        Endpoint::get("/couples/{id}", "get_couple", SPARED, || web::get().to(couples::show))
            .summary("One couple")
            .answer::<couples::CoupleView>(200)
            .etag(),
        Endpoint::post("/couples/{id}/agree", "agree_couple", ONESELF, || web::post().to(couples::agree))
            .summary("The partner agrees")
            .optional_body::<Nothing>()
            .answer::<couples::CoupleView>(200)
            .errors(&[Code::OwnRequest])
            .etag(),
        Endpoint::post("/couples/{id}/end", "end_couple", ONESELF, || web::post().to(couples::end))
            .summary("Either of the two ends it")
            .optional_body::<Nothing>()
            .answer::<couples::CoupleView>(200)
            .etag(),
    ]
}
