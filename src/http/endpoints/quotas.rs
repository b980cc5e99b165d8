//! Rest quotas: compliance and forecast.

use actix_web::web;

use super::{LEADS_LEAVE, READS_LEAVE};
use crate::http::endpoint::Endpoint;
use crate::http::paging::Page;
use crate::http::{export, quotas};

/// The rows.
pub(super) fn rows() -> Vec<Endpoint> {
    use quotas::{
        ComplianceQuery, ComplianceView, ForecastQuery, ForecastView, UnitComplianceQuery, UnitComplianceView,
    };
    vec![
        Endpoint::get("/officers/{id}/rest-compliance", "show_rest_compliance", READS_LEAVE, || {
            web::get().to(quotas::of_officer)
        })
        .light()
        .tag("rest-quotas")
        .summary("Whether an officer got the rest that the plan promises, week by week and quarter by quarter")
        .query::<ComplianceQuery>()
        .answer::<ComplianceView>(200),
        Endpoint::get("/units/{id}/rest-compliance", "show_unit_rest_compliance", LEADS_LEAVE, || {
            web::get().to(quotas::of_unit)
        })
        .tag("rest-quotas")
        .summary("How a unit kept the quotas of rest, and what is missing to whom")
        .query::<UnitComplianceQuery>()
        .binary_answer(export::TYPES)
        .answer::<UnitComplianceView>(200),
        Endpoint::get("/units/{id}/rest-forecast", "show_rest_forecast", LEADS_LEAVE, || {
            web::get().to(quotas::forecast)
        })
        .tag("rest-quotas")
        .summary("Who will miss which quota if nothing changes, and how much slack is left")
        .query::<ForecastQuery>()
        .binary_answer(export::TYPES)
        .answer::<Page<ForecastView>>(200),
    ]
}
