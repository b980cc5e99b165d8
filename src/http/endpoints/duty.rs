//! Duty shifts, rest days, rosters and swaps.

use actix_web::web;

use crate::app::error::Code;
use crate::http::endpoint::{Access, Endpoint};
use crate::http::paging::Page;
use crate::http::{accounts, duty, duty_check, export, imports, rest_days, roster_sheet, rosters, staffing, swaps};
use crate::rules::terms::Role;

/// Who plans; a person enters protected appointments of their own.
const PLANS_OR_SELF: Access = Access::RolesOrSelf(&[Role::Leader, Role::BureauLeader, Role::Hr]);
const PLANS: Access = Access::Roles(&[Role::Leader, Role::BureauLeader, Role::Hr]);
const CONFIRMS: Access = Access::RolesOrSelf(&[Role::Leader, Role::BureauLeader]);
const SELF: Access = Access::RolesOrSelf(&[]);
const APPROVES: Access = Access::Roles(&[Role::Leader, Role::BureauLeader]);
const READS: Access = PLANS_OR_SELF;

/// The rows.
pub(super) fn rows() -> Vec<Endpoint> {
    let mut rows = shifts();
    rows.extend(rest());
    rows.extend(patterns());
    rows.extend(published());
    rows.extend(swapped());
    rows
}

fn shifts() -> Vec<Endpoint> {
    use duty::{BatchBody, ListShifts, PlannedView, ReasonBody, ShiftBody, ShiftPatch, ShiftView};
    use duty_check::{CheckBody, CheckView};
    vec![
        Endpoint::post("/duty-shifts/check", "check_duty_shifts", PLANS_OR_SELF, || web::post().to(duty_check::check))
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
    use rest_days::{ListRestDays, PlannedRestDayView, RestDayBody, RestDayView};
    vec![
        Endpoint::post("/rest-days", "plan_rest_day", PLANS, || web::post().to(rest_days::create))
            .summary("Plan a rest day; for a date that is over only as hr, with a reason; a compensatory one draws on credit")
            .body::<RestDayBody>()
            .created::<PlannedRestDayView>()
            .etag()
            .errors(&[Code::NotFound, Code::OwnRecord, Code::Taken, Code::MissingField]),
        Endpoint::get("/rest-days", "list_rest_days", READS, || web::get().to(rest_days::list))
            .summary("Rest days that the caller may see, by date")
            .query::<ListRestDays>()
            .answer::<Page<RestDayView>>(200),
        Endpoint::get("/rest-days/{id}", "show_rest_day", READS, || web::get().to(rest_days::show))
            .light()
            .summary("One rest day")
            .answer::<RestDayView>(200)
            .etag(),
        Endpoint::post("/rest-days/{id}/ask-move", "ask_rest_day_move", SELF, || web::post().to(rest_days::ask_move))
            .summary("The officer asks for another day in the place of this one")
            .optional_body::<rest_days::AskMoveBody>()
            .answer::<RestDayView>(200)
            .etag()
            .errors(&[Code::Forbidden, Code::WrongState]),
        Endpoint::post("/rest-days/{id}/withdraw-move", "withdraw_rest_day_move", SELF, || {
            web::post().to(rest_days::withdraw_move)
        })
        .summary("The officer takes back that they asked for another day")
        .optional_body::<accounts::Nothing>()
        .answer::<RestDayView>(200)
        .etag()
        .errors(&[Code::Forbidden, Code::WrongState]),
        Endpoint::post("/rest-days/{id}/confirm", "confirm_rest_day", READS, || web::post().to(rest_days::confirm))
            .summary("The officer confirms that the rest was taken")
            .optional_body::<accounts::Nothing>()
            .answer::<RestDayView>(200)
            .etag()
            .errors(&[Code::Forbidden, Code::WrongState]),
    ]
}

fn patterns() -> Vec<Endpoint> {
    use rosters::{GenerateBody, GeneratedView, ListPatterns, PatternBody, PatternPatch, PatternView};
    vec![
        Endpoint::post("/roster-patterns", "create_roster_pattern", PLANS, || web::post().to(rosters::create_pattern))
            .summary("Make a cycle of days through which teams run")
            .body::<PatternBody>()
            .created::<PatternView>()
            .etag()
            .errors(&[Code::NotFound]),
        Endpoint::get("/roster-patterns", "list_roster_patterns", PLANS, || web::get().to(rosters::list_patterns))
            .summary("Patterns that the caller may use, newest first")
            .query::<ListPatterns>()
            .answer::<Page<PatternView>>(200),
        Endpoint::get("/roster-patterns/{id}", "show_roster_pattern", PLANS, || web::get().to(rosters::show_pattern))
            .summary("One pattern")
            .answer::<PatternView>(200)
            .etag(),
        Endpoint::patch("/roster-patterns/{id}", "change_roster_pattern", PLANS, || {
            web::patch().to(rosters::change_pattern)
        })
        .summary("Change a pattern; what it generated stays as it is")
        .merge_patch::<PatternPatch>()
        .if_match()
        .answer::<PatternView>(200)
        .errors(&[Code::WrongState]),
        Endpoint::post("/roster-patterns/{id}/end", "end_roster_pattern", PLANS, || {
            web::post().to(rosters::end_pattern)
        })
        .summary("End a pattern")
        .optional_body::<accounts::Nothing>()
        .answer::<PatternView>(200)
        .etag(),
        Endpoint::post("/rosters/generate", "generate_roster", PLANS, || web::post().to(rosters::generate))
            .summary("Generate the shifts and rest days of a unit and a period from a pattern, all or none")
            .body::<GenerateBody>()
            .answer::<GeneratedView>(200)
            .errors(&[Code::NotFound, Code::OwnRecord, Code::MissingField, Code::WrongState, Code::LostRace]),
    ]
}

fn published() -> Vec<Endpoint> {
    use rosters::{ListRosters, PublishBody, RosterView};
    use staffing::{StaffingBody, StaffingView};
    vec![
        Endpoint::post("/rosters/publish", "publish_roster", PLANS, || web::post().to(rosters::publish))
            .summary("Publish what is planned for a unit and a period, after every rule has run over everybody")
            .body::<PublishBody>()
            .created::<RosterView>()
            .errors(&[Code::NotFound, Code::WrongState]),
        Endpoint::post("/rosters/import", "import_roster", PLANS, || web::post().to(imports::duties))
            .summary(
                "Import shifts and rest days from CSV or xlsx, by rows or as a table of people by dates: all or none",
            )
            .query::<imports::RosterQuery>()
            .binary_body(imports::ROSTER_TYPES)
            .answer::<imports::RosterImportView>(200)
            .errors(&[Code::ImportRefused, Code::NotFound, Code::LostRace]),
        Endpoint::get("/rosters", "list_rosters", PLANS, || web::get().to(rosters::list))
            .summary("Published rosters, the last first")
            .query::<ListRosters>()
            .answer::<Page<RosterView>>(200),
        Endpoint::get("/rosters/{id}", "show_roster", PLANS, || web::get().to(rosters::show))
            .summary("One published roster")
            .answer::<RosterView>(200),
        Endpoint::get("/units/{id}/roster", "show_unit_roster", PLANS, || web::get().to(roster_sheet::show))
            .summary("The roster of a unit as a table of people by dates; as a file it is filled in and imported again")
            .query::<roster_sheet::SheetQuery>()
            .binary_answer(export::TYPES)
            .answer::<roster_sheet::SheetView>(200),
        Endpoint::get("/units/{id}/staffing", "show_staffing", PLANS, || web::get().to(staffing::show_staffing))
            .summary("The strength that a unit keeps present")
            .answer::<StaffingView>(200)
            .etag(),
        Endpoint::put("/units/{id}/staffing", "set_staffing", PLANS, || web::put().to(staffing::put_staffing))
            .summary("Say what strength a unit keeps present; a leader of the unit goes not below what hr said")
            .body::<StaffingBody>()
            .if_match_or_new()
            .answer::<StaffingView>(200)
            .errors(&[Code::FloorBound]),
    ]
}

fn swapped() -> Vec<Endpoint> {
    use duty::{ReasonBody, ShiftView};
    use swaps::{ApproveSwapBody, HoursBody, ListSwaps, SwapBody, SwapView};
    vec![
        Endpoint::post("/duty-shifts/{id}/confirm-actual", "confirm_actual_hours", CONFIRMS, || {
            web::post().to(swaps::confirm_actual)
        })
        .summary(
            "Officer and leader say what hours were worked, or that nothing was; the officer's word binds the plan",
        )
        .body::<HoursBody>()
        .answer::<ShiftView>(200)
        .etag()
        .errors(&[Code::Forbidden, Code::OwnRecord, Code::WrongState, Code::CalendarNotPublished]),
        Endpoint::post("/swaps", "ask_swap", SELF, || web::post().to(swaps::ask))
            .summary("Ask to swap one's own shift")
            .body::<SwapBody>()
            .created::<SwapView>()
            .etag()
            .errors(&[Code::NotFound, Code::Forbidden, Code::WrongState]),
        Endpoint::get("/swaps", "list_swaps", READS, || web::get().to(swaps::list))
            .summary("Swaps that the caller takes part in or reads, newest first")
            .query::<ListSwaps>()
            .answer::<Page<SwapView>>(200),
        Endpoint::get("/swaps/{id}", "show_swap", READS, || web::get().to(swaps::show))
            .summary("One swap")
            .answer::<SwapView>(200)
            .etag(),
        Endpoint::post("/swaps/{id}/agree", "agree_swap", SELF, || web::post().to(swaps::agree))
            .summary("The other officer agrees")
            .optional_body::<accounts::Nothing>()
            .answer::<SwapView>(200)
            .etag()
            .errors(&[Code::Forbidden, Code::WrongState]),
        Endpoint::post("/swaps/{id}/approve", "approve_swap", APPROVES, || web::post().to(swaps::approve))
            .summary("A leader of both approves; the shifts are swapped")
            .optional_body::<ApproveSwapBody>()
            .answer::<SwapView>(200)
            .etag()
            .errors(&[Code::OwnRecord, Code::MissingField, Code::WrongState, Code::LostRace]),
        Endpoint::post("/swaps/{id}/refuse", "refuse_swap", CONFIRMS, || web::post().to(swaps::refuse))
            .summary("The other officer or a leader refuses, with a reason")
            .body::<ReasonBody>()
            .answer::<SwapView>(200)
            .etag()
            .errors(&[Code::Forbidden, Code::OwnRecord, Code::WrongState]),
        Endpoint::post("/swaps/{id}/withdraw", "withdraw_swap", SELF, || web::post().to(swaps::withdraw))
            .summary("Who asked takes it back")
            .optional_body::<accounts::Nothing>()
            .answer::<SwapView>(200)
            .etag()
            .errors(&[Code::Forbidden, Code::WrongState]),
    ]
}
