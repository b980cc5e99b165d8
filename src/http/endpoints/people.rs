//! Units and officers.

use actix_web::web;

use super::{HR, LISTS_OFFICERS, READS_LEAVE, READS_OFFICERS, UNIT_KEEPERS};
use crate::app::error::Code;
use crate::http::endpoint::{Access, Endpoint};
use crate::http::paging::Page;
use crate::http::{absences, export, imports, officers, units};

/// The rows.
pub(super) fn rows() -> Vec<Endpoint> {
    let mut rows = unit_rows();
    rows.extend(officer_rows());
    rows.extend(absence_rows());
    rows
}

fn absence_rows() -> Vec<Endpoint> {
    use absences::{AbsenceBody, AbsenceView, EndAbsenceBody, EnteredView, ListAbsences};
    vec![
        Endpoint::post("/officers/{id}/absences", "enter_absence", HR, || web::post().to(absences::enter))
            .summary("Enter a secondment, a course or a suspension: no duty on its dates; quotas and strength count it")
            .body::<AbsenceBody>()
            .created::<EnteredView>()
            .errors(&[Code::OwnRecord, Code::Taken]),
        Endpoint::get("/officers/{id}/absences", "list_absences", READS_LEAVE, || web::get().to(absences::list))
            .summary("Absences of an officer that are no leave, the latest first")
            .query::<ListAbsences>()
            .answer::<Page<AbsenceView>>(200),
        Endpoint::get("/absences/{id}", "show_absence", READS_LEAVE, || web::get().to(absences::show))
            .summary("One absence")
            .answer::<AbsenceView>(200),
        Endpoint::post("/absences/{id}/end", "end_absence", HR, || web::post().to(absences::end))
            .summary("End an absence with another last date, or take it back")
            .body::<EndAbsenceBody>()
            .answer::<AbsenceView>(200)
            .errors(&[Code::OwnRecord, Code::WrongState]),
    ]
}

fn unit_rows() -> Vec<Endpoint> {
    use units::{HeadBody, ListUnits, MoveBody, NewUnitBody, UnitPatch, UnitView};
    vec![
        Endpoint::post("/units", "create_unit", UNIT_KEEPERS, || web::post().to(units::create))
            .summary("Create a unit")
            .body::<NewUnitBody>()
            .created::<UnitView>()
            .etag()
            .errors(&[Code::Taken, Code::NotFound]),
        Endpoint::get("/units", "list_units", Access::SignedIn, || web::get().to(units::list))
            .summary("Units by code")
            .query::<ListUnits>()
            .binary_answer(export::TYPES)
            .answer::<Page<UnitView>>(200),
        Endpoint::get("/units/{id}", "show_unit", Access::SignedIn, || web::get().to(units::show))
            .summary("One unit with its places over time")
            .answer::<UnitView>(200)
            .etag(),
        Endpoint::patch("/units/{id}", "change_unit", UNIT_KEEPERS, || web::patch().to(units::change))
            .summary("Change name, code or kind")
            .merge_patch::<UnitPatch>()
            .if_match()
            .answer::<UnitView>(200)
            .errors(&[Code::Taken]),
        Endpoint::post("/units/{id}/move", "move_unit", UNIT_KEEPERS, || web::post().to(units::relocate))
            .summary("Move a unit under another parent from a date on")
            .body::<MoveBody>()
            .answer::<UnitView>(200)
            .etag()
            .errors(&[Code::UnitCycle]),
        Endpoint::put("/units/{id}/head", "set_unit_head", UNIT_KEEPERS, || web::put().to(units::set_head))
            .summary("Set head and deputies from a date on")
            .body::<HeadBody>()
            .if_match_or_new()
            .answer::<UnitView>(200),
        Endpoint::post("/units/import", "import_units", UNIT_KEEPERS, || web::post().to(imports::units))
            .summary("Import units from CSV or xlsx: all rows or none")
            .query::<imports::ImportQuery>()
            .binary_body(imports::ROSTER_TYPES)
            .answer::<imports::ImportView>(200)
            .errors(&[Code::ImportRefused]),
    ]
}

fn officer_rows() -> Vec<Endpoint> {
    use officers::{
        CategoryBody, DirectoryView, ListOfficers, NewOfficerBody, OfficerLine, OfficerPatch, OfficerView, RevokeBody,
        SearchDirectory, SeparationView, TransferBody,
    };
    vec![
        Endpoint::post("/officers", "create_officer", HR, || web::post().to(officers::create))
            .summary("Create an officer")
            .body::<NewOfficerBody>()
            .created::<OfficerView>()
            .etag()
            .errors(&[Code::Taken, Code::NotFound]),
        Endpoint::get("/officers", "list_officers", LISTS_OFFICERS, || web::get().to(officers::list))
            .summary("Officers by badge number")
            .query::<ListOfficers>()
            .binary_answer(export::TYPES)
            .answer::<Page<OfficerLine>>(200),
        Endpoint::post("/officers/import", "import_officers", HR, || web::post().to(imports::officers))
            .summary("Import officers from CSV or xlsx: all rows or none")
            .query::<imports::ImportQuery>()
            .binary_body(imports::ROSTER_TYPES)
            .answer::<imports::ImportView>(200)
            .errors(&[Code::ImportRefused]),
        Endpoint::get("/officers/{id}", "show_officer", READS_OFFICERS, || web::get().to(officers::show))
            .summary("One officer with units and categories over time")
            .answer::<OfficerView>(200)
            .etag(),
        Endpoint::patch("/officers/{id}", "change_officer", HR, || web::patch().to(officers::change))
            .summary("Change an officer's record")
            .merge_patch::<OfficerPatch>()
            .if_match()
            .answer::<OfficerView>(200)
            .errors(&[Code::Taken, Code::OwnRecord]),
        Endpoint::post("/officers/{id}/transfer", "transfer_officer", HR, || web::post().to(officers::transfer))
            .summary("Transfer to another unit from a date on")
            .body::<TransferBody>()
            .answer::<OfficerView>(200)
            .etag()
            .errors(&[Code::OwnRecord]),
        Endpoint::post("/officers/{id}/category", "recategorize_officer", HR, || {
            web::post().to(officers::recategorize)
        })
        .summary("Change the category from a date on")
        .body::<CategoryBody>()
        .answer::<OfficerView>(200)
        .etag()
        .errors(&[Code::OwnRecord]),
        Endpoint::post("/officers/{id}/separation", "separate_officer", HR, || web::post().to(officers::separate))
            .summary("Record when and why an officer leaves")
            .body::<SeparationView>()
            .answer::<OfficerView>(200)
            .etag()
            .errors(&[Code::OwnRecord]),
        Endpoint::post("/officers/{id}/separation/revoke", "revoke_separation", HR, || {
            web::post().to(officers::revoke_separation)
        })
        .summary("Take back a separation that was recorded in error")
        .body::<RevokeBody>()
        .answer::<OfficerView>(200)
        .etag()
        .errors(&[Code::OwnRecord, Code::WrongState]),
        Endpoint::get("/directory", "search_directory", Access::SignedIn, || web::get().to(officers::directory))
            .summary("Names and units, for choosing a stand-in")
            .query::<SearchDirectory>()
            .answer::<Page<DirectoryView>>(200),
    ]
}
