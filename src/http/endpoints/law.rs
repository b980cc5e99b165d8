//! Policies, calendars, kinds of leave.

use actix_web::web;

use super::ADMIN;
use crate::app::error::Code;
use crate::http::endpoint::{Access, Endpoint};
use crate::http::paging::Page;
use crate::http::{calendars, policies, statutes};

/// The rows.
pub(super) fn rows() -> Vec<Endpoint> {
    let mut rows = policy_rows();
    rows.extend(calendar_rows());
    rows
}

fn policy_rows() -> Vec<Endpoint> {
    use policies::{
        KeptView, NewVersionBody, PolicyLine, PolicyPreviewView, PolicyQuery, PolicyView, PreviewQuery, PublishedView,
        VersionView,
    };
    vec![
        Endpoint::get("/policies", "list_policies", Access::SignedIn, || web::get().to(policies::list))
            .summary("Policies")
            .answer::<Page<PolicyLine>>(200),
        Endpoint::get("/policies/{name}", "show_policy", Access::SignedIn, || web::get().to(policies::show))
            .summary("A policy as it is in force on a date")
            .query::<PolicyQuery>()
            .answer::<PolicyView>(200)
            .errors(&[Code::NoPolicy]),
        Endpoint::get("/policies/{name}/versions", "list_policy_versions", Access::SignedIn, || {
            web::get().to(policies::versions)
        })
        .summary("Every version of a policy, the superseded among them")
        .answer::<Page<VersionView>>(200),
        Endpoint::post("/policies/{name}/versions", "publish_policy", ADMIN, || web::post().to(policies::publish))
            .summary("Publish a version for the force, a unit or a category; what no longer fits is listed")
            .body::<NewVersionBody>()
            .created::<PublishedView>()
            .errors(&[Code::NotFound, Code::PolicyUnreadable, Code::VersionExists, Code::LostRace]),
        Endpoint::post("/policies/{name}/preview", "preview_policy", ADMIN, || web::post().to(policies::preview))
            .summary("The officers whom a draft would touch, before and after; stores nothing")
            .query::<PreviewQuery>()
            .body::<NewVersionBody>()
            .answer::<PolicyPreviewView>(200)
            .errors(&[Code::NotFound, Code::PolicyUnreadable, Code::VersionExists]),
        Endpoint::get("/policy-fingerprints/{fingerprint}", "show_policy_fingerprint", Access::SignedIn, || {
            web::get().to(policies::fingerprint)
        })
        .tag("policies")
        .summary("The texts that a decision was made under, by the fingerprint it stores")
        .answer::<KeptView>(200),
    ]
}

fn calendar_rows() -> Vec<Endpoint> {
    use calendars::{CalendarQuery, DayView, PublishedYearView, ScopeQuery, YearBody, YearView};
    use statutes::LeaveTypeView;
    vec![
        Endpoint::get("/calendar", "show_calendar", Access::SignedIn, || web::get().to(calendars::show))
            .summary("Workdays, holidays and make-up workdays")
            .query::<CalendarQuery>()
            .answer::<Page<DayView>>(200)
            .errors(&[Code::CalendarNotPublished, Code::NotFound]),
        Endpoint::get("/calendar/years/{year}", "show_calendar_year", Access::SignedIn, || {
            web::get().to(calendars::year)
        })
        .tag("calendar")
        .summary("A year with its special dates, as it is in force for a unit or the force")
        .query::<ScopeQuery>()
        .answer::<YearView>(200)
        .etag()
        .errors(&[Code::CalendarNotPublished, Code::NotFound]),
        Endpoint::put("/calendar/years/{year}", "publish_calendar_year", ADMIN, || web::put().to(calendars::publish))
            .tag("calendar")
            .summary("Publish a year: pending requests are counted anew, granted ones that change are listed")
            .query::<ScopeQuery>()
            .body::<YearBody>()
            .if_match_or_new()
            .answer::<PublishedYearView>(200)
            .errors(&[Code::NotFound]),
        Endpoint::get("/leave-types", "list_leave_types", Access::SignedIn, || web::get().to(statutes::leave_types))
            .summary("Kinds of leave that are offered")
            .answer::<Page<LeaveTypeView>>(200),
    ]
}
