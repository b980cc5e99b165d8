//! Two hands on the same minutes: each act is made whole, one after the other, or refused.

use respite::rules::comp_credit::CreditOrigin;
use serde_json::json;
use uuid::Uuid;

use super::{ask, credit_of, earn_by, enter, force, ledger_sum, officer};
use crate::crowd::{assert_only, assert_sound, at_once, count};

both! {
    /// Twelve requests for the same day's worth of minutes at once: one wins.
    async fn the_same_minutes(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = officer(&force, "400100").await;
        enter(&force, officer, 480, "2026-02-25").await;
        let told = at_once((0..12).map(|at| {
            let own = own.clone();
            async move {
                let on = format!("2026-03-{:02}", 9 + at % 4);
                ask(&own, officer, &on, &on, json!({})).await
            }
        }))
        .await;
        assert_only(&told, &[201, 409, 422]);
        assert_eq!(count(&told, 201), 1);
        assert_eq!(credit_of(&own, officer).await["totals"]["reserved"], 480);
        assert_eq!(ledger_sum(&own, officer).await, 0);
        assert_sound(&force.app);
    }

    /// Asked for, wanted as pay and paid at once: no minute twice.
    async fn rest_and_pay_at_once(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = officer(&force, "400110").await;
        let id = enter(&force, officer, 480, "2026-02-25").await;
        let told = at_once((0..18).map(|at| {
            let (own, hr) = (own.clone(), force.hr.clone());
            async move {
                match at % 3 {
                    0 => own.post(&format!("/comp-lots/{id}/choose"), json!({"as": "pay"})).await,
                    1 => hr.act(&format!("/comp-lots/{id}/pay")).await,
                    _ => ask(&own, officer, "2026-03-09", "2026-03-09", json!({})).await,
                }
            }
        }))
        .await;
        assert_only(&told, &[200, 201, 409, 422]);
        let totals = credit_of(&own, officer).await["totals"].clone();
        let sum: i64 = ["used", "reserved", "paid", "available_minutes", "wanted_as_pay"].iter().map(|name| totals[*name].as_i64().unwrap()).sum();
        assert_eq!(sum, 480, "{totals}");
        assert_sound(&force.app);
    }

    /// One cause told many times at once earns once.
    async fn one_cause_at_once(db: TestDatabase) {
        let force = force(db).await;
        let (officer, own) = officer(&force, "400120").await;
        let (force, shift) = (&force, Uuid::now_v7());
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(move || earn_by(force, officer, 60, CreditOrigin::Overtime, shift, "2026-03-01"));
            }
        });
        assert_eq!(credit_of(&own, officer).await["totals"]["minutes"], 60);
    }
}
