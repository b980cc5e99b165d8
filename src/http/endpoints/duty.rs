//! Duty shifts, rest days, rosters and swaps.

use actix_web::web;

use crate::app::error::Code;
use crate::http::endpoint::{Access, Endpoint};
use crate::http::paging::Page;
use crate::http::{accounts, duty, export, rest_days};
use crate::rules::terms::Role;

/// Who plans; a person enters protected appointments of their own.
const PLANS_OR_SELF: Access = Access::RolesOrSelf(&[Role::Leader, Role::BureauLeader, Role::Hr]);
const PLANS: Access = Access::Roles(&[Role::Leader, Role::BureauLeader, Role::Hr]);
const READS: Access = PLANS_OR_SELF;

/// The rows.
pub(super) fn rows() -> Vec<Endpoint> {
    let mut rows = shifts();
    rows.extend(rest());
    rows
}

fn shifts() -> Vec<Endpoint> {
    use duty::{
        BatchBody, CheckBody, CheckView, ListShifts, PlannedView, ReasonBody, ShiftBody, ShiftPatch, ShiftView,
    };
    vec![
        Endpoint::post("/duty-shifts/check", "check_duty_shifts", PLANS_OR_SELF, || web::post().to(duty::check))
            .summary("What shifts would meet, and what would be possible instead; stores nothing")
            .body::<CheckBody>()
            .answer::<CheckView>(200)
            .errors(&[Code::NotFound, Code::OwnRecord]),
        Endpoint::post("/duty-shifts", "plan_duty_shift", PLANS_OR_SELF, || web::post().to(duty::create))
            .summary("Plan a shift; a person enters protected appointments of their own")
            .body::<ShiftBody>()
            .created::<ShiftView>()
            .etag()
            .errors(&[Code::NotFound, Code::OwnRecord, Code::MissingField, Code::LostRace]),
        Endpoint::post("/duty-shifts/batch", "plan_duty_shifts", PLANS_OR_SELF, || web::post().to(duty::batch))
            .summary("Plan several shifts, all of them or none")
            .body::<BatchBody>()
            .answer::<PlannedView>(200)
            .errors(&[Code::NotFound, Code::OwnRecord, Code::MissingField, Code::TooLong, Code::LostRace]),
        Endpoint::get("/duty-shifts", "list_duty_shifts", READS, || web::get().to(duty::list))
            .summary("Shifts that the caller may see, by start")
            .query::<ListShifts>()
            .binary_answer(export::TYPES)
            .answer::<Page<ShiftView>>(200),
        Endpoint::get("/duty-shifts/{id}", "show_duty_shift", READS, || web::get().to(duty::show))
            .light()
            .summary("One shift, with what officer and leader say of its hours")
            .answer::<ShiftView>(200)
            .etag(),
        Endpoint::patch("/duty-shifts/{id}", "change_duty_shift", PLANS_OR_SELF, || web::patch().to(duty::change))
            .summary("Change a shift; what it was is kept")
            .merge_patch::<ShiftPatch>()
            .if_match()
            .answer::<ShiftView>(200)
            .errors(&[Code::OwnRecord, Code::WrongState, Code::LostRace]),
        Endpoint::post("/duty-shifts/{id}/cancel", "cancel_duty_shift", PLANS_OR_SELF, || web::post().to(duty::cancel))
            .summary("Take a shift back, with a reason")
            .body::<ReasonBody>()
            .answer::<ShiftView>(200)
            .etag()
            .errors(&[Code::OwnRecord, Code::WrongState]),
    ]
}

fn rest() -> Vec<Endpoint> {
    use rest_days::{ListRestDays, RestDayBody, RestDayView};
    vec![
        Endpoint::post("/rest-days", "plan_rest_day", PLANS, || web::post().to(rest_days::create))
            .summary("Plan a rest day")
            .body::<RestDayBody>()
            .created::<RestDayView>()
            .etag()
            .errors(&[Code::NotFound, Code::OwnRecord, Code::Taken]),
        Endpoint::get("/rest-days", "list_rest_days", READS, || web::get().to(rest_days::list))
            .summary("Rest days that the caller may see, by date")
            .query::<ListRestDays>()
            .answer::<Page<RestDayView>>(200),
        Endpoint::get("/rest-days/{id}", "show_rest_day", READS, || web::get().to(rest_days::show))
            .light()
            .summary("One rest day")
            .answer::<RestDayView>(200)
            .etag(),
        Endpoint::post("/rest-days/{id}/confirm", "confirm_rest_day", READS, || web::post().to(rest_days::confirm))
            .summary("The officer confirms that the rest was taken")
            .optional_body::<accounts::Nothing>()
            .answer::<RestDayView>(200)
            .etag()
            .errors(&[Code::Forbidden, Code::WrongState]),
    ]
}
