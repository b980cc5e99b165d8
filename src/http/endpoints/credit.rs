//! Compensatory rest: what is owed for rest that was taken away, and what became of it.

use actix_web::web;

use super::{HR, LEADS_LEAVE, READS_LEAVE, SELF};
use crate::app::error::Code;
use crate::http::endpoint::{Access, Endpoint};
use crate::http::paging::Page;
use crate::http::{allowance, credit, export, rest_cancellations, rest_days, unit_credit};
use crate::rules::terms::Role;

/// Who reads why rest was taken away, beside the person (welfare.md A).
const READS_WHY: Access = Access::RolesOrSelf(&[Role::Hr, Role::Leader, Role::BureauLeader, Role::Auditor]);

/// The rows.
pub(super) fn rows() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/officers/{id}/comp-lots", "list_comp_lots", READS_LEAVE, || web::get().to(credit::of_officer))
            .summary("Compensatory rest of an officer: lots, the one to be used first at the top, sums and light")
            .query::<credit::CreditQuery>()
            .answer::<credit::CreditView>(200)
            .errors(&[Code::NoPolicy]),
        Endpoint::get("/officers/{id}/comp-ledger", "list_comp_ledger", READS_LEAVE, || web::get().to(credit::ledger))
            .summary("Every movement of minutes of compensatory rest, oldest first")
            .query::<credit::CompLedgerQuery>()
            .binary_answer(export::TYPES)
            .answer::<Page<credit::CompMovementView>>(200),
        Endpoint::get("/officers/{id}/overtime-allowance", "show_overtime_allowance", READS_LEAVE, || {
            web::get().to(allowance::show)
        })
        .summary("Allowance of a month for rest days and holidays that were worked and not given back")
        .query::<allowance::AllowanceQuery>()
        .answer::<allowance::AllowanceView>(200)
        .errors(&[Code::NoPolicy, Code::CalendarNotPublished]),
        Endpoint::get("/units/{id}/comp-lots", "list_unit_comp_lots", LEADS_LEAVE, || web::get().to(unit_credit::list))
            .summary("Compensatory rest that is owed to the people of a unit, by badge number")
            .query::<unit_credit::UnitCreditQuery>()
            .binary_answer(export::TYPES)
            .answer::<Page<unit_credit::PersonCreditView>>(200)
            .errors(&[Code::NoPolicy]),
        Endpoint::post("/rest-days/{id}/cancel", "cancel_rest_day", LEADS_LEAVE, || {
            web::post().to(rest_cancellations::cancel)
        })
        .summary("Take a rest day away: what it is worth is credited, or returns to the lot that it stood for")
        .body::<rest_cancellations::CancelRestDayBody>()
        .answer::<rest_cancellations::CancelledView>(200)
        .etag()
        .errors(&[Code::OwnRecord, Code::WrongState, Code::NoPolicy, Code::NotAsked]),
        Endpoint::get("/rest-cancellations", "list_rest_cancellations", READS_WHY, || {
            web::get().to(rest_cancellations::list)
        })
        .summary("Why rest days were taken away, newest first")
        .query::<rest_cancellations::ListCancellations>()
        .answer::<Page<rest_cancellations::ListedCancellationView>>(200),
        Endpoint::post("/rest-days/{id}/reroster", "reroster_rest_day", LEADS_LEAVE, || {
            web::post().to(rest_cancellations::reroster)
        })
        .summary("Name a date in place of a cancelled rest day")
        .body::<rest_cancellations::RerosterBody>()
        .answer::<rest_days::RestDayView>(200)
        .etag()
        .errors(&[Code::OwnRecord, Code::WrongState, Code::Taken]),
        Endpoint::post("/comp-lots", "enter_comp_lot", HR, || web::post().to(credit::enter))
            .summary("Enter compensatory rest that somebody brings from before")
            .body::<credit::CompLotBody>()
            .created::<credit::CompLotView>()
            .errors(&[Code::NotFound, Code::OwnRecord, Code::NoPolicy]),
        Endpoint::get("/comp-lots/{id}", "show_comp_lot", READS_LEAVE, || web::get().to(credit::show))
            .summary("One lot of compensatory rest, with what was paid of it")
            .answer::<credit::WholeLotView>(200),
        Endpoint::post("/comp-lots/{id}/choose", "choose_comp_lot", SELF, || web::post().to(credit::choose))
            .summary("Choose rest or money for what is not reserved of a lot; the officer alone")
            .body::<credit::ChooseBody>()
            .answer::<credit::CompLotView>(200)
            .errors(&[Code::WrongState, Code::NoPolicy]),
        Endpoint::post("/comp-lots/{id}/pay", "pay_comp_lot", HR, || web::post().to(credit::pay))
            .summary("Record that a lot was paid, as the officer chose: what is left of it, up to what its month pays")
            .optional_body::<credit::PayBody>()
            .answer::<credit::WholeLotView>(200)
            .errors(&[Code::OwnRecord, Code::WrongState, Code::NoPolicy]),
        Endpoint::post("/comp-lots/{id}/void", "void_comp_lot", HR, || web::post().to(credit::void))
            .summary("Take back what is free of compensatory rest that was entered by mistake; the officer is told why")
            .body::<credit::VoidBody>()
            .answer::<credit::CompLotView>(200)
            .errors(&[Code::OwnRecord, Code::WrongState]),
    ]
}
