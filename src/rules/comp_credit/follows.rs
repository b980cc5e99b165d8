//! How credit follows what really happened.

use chrono::NaiveDate;

use crate::rules::terms::LotId;

/// What one cause is owed, as the facts stand now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwedNow {
    /// Minutes, above zero.
    pub minutes: i64,
    /// First date on which they can be used: the date that was worked.
    pub on: NaiveDate,
}

/// A lot that the same cause has earned before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EarnedBefore {
    /// Which one.
    pub id: LotId,
    /// First date on which it can be used.
    pub earned_on: NaiveDate,
    /// What it was credited with in all: what was earned, and what was added and taken back since.
    pub credited: i64,
    /// What of it is neither reserved, used nor paid.
    pub free: i64,
}

/// What is recorded so that the ledger says what the facts say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Minutes of a lot are taken back; they were free.
    TakeBack(LotId, i64),
    /// Minutes are added to a lot.
    Add(LotId, i64),
    /// A new lot is earned.
    Earn(OwedNow),
}

/// ## 补休随事实更正 — credit follows the facts
///
/// 公务员法（2018年修订）第八十二条第二款, 公安机关组织管理条例 第三十八条: what was really worked is given back, no less and no
/// more. When duty is entered, moved, cancelled, swapped or agreed on at other hours, what each shift is owed is reckoned
/// anew, and the difference to what the ledger says is recorded.
///
/// *Reading:* nobody pays for another's mistake: only what is free is taken back. What has been rested, paid, or is
/// reserved for a date stays with the officer, is set against what the same shift is owed, and is never negative; what is
/// reserved and given back later goes with the next look. Credit lies at the date that was worked: where the shift moves,
/// it moves with it as far as it is free.
///
/// *Not modelled:* setting off what one shift kept too much against what another is owed.
#[must_use]
pub fn follow(owed: Option<OwedNow>, before: &[EarnedBefore]) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut kept = 0;
    let here = before.iter().find(|lot| owed.is_some_and(|owed| owed.on == lot.earned_on));
    for lot in before.iter().filter(|lot| here.is_none_or(|here| here.id != lot.id)) {
        let free = lot.free.clamp(0, lot.credited.max(0));
        if free > 0 {
            steps.push(Step::TakeBack(lot.id, free));
        }
        kept += lot.credited - free;
    }
    let Some(owed) = owed else { return steps };
    let wanted = (owed.minutes - kept).max(0);
    match here {
        Some(lot) if wanted > lot.credited => steps.push(Step::Add(lot.id, wanted - lot.credited)),
        Some(lot) => {
            let back = (lot.credited - wanted).min(lot.free.max(0));
            if back > 0 {
                steps.push(Step::TakeBack(lot.id, back));
            }
        }
        None if wanted > 0 => steps.push(Step::Earn(OwedNow { minutes: wanted, ..owed })),
        None => {}
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn date(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, day).unwrap()
    }

    fn lot(id: u128, day: u32, credited: i64, free: i64) -> EarnedBefore {
        EarnedBefore { id: LotId(Uuid::from_u128(id)), earned_on: date(day), credited, free }
    }

    fn owed(minutes: i64, day: u32) -> Option<OwedNow> {
        Some(OwedNow { minutes, on: date(day) })
    }

    /// Records the steps.
    fn after(before: &[EarnedBefore], steps: &[Step]) -> Vec<EarnedBefore> {
        let mut lots = before.to_vec();
        for step in steps {
            match step {
                Step::Earn(new) => lots.push(EarnedBefore {
                    id: LotId(Uuid::from_u128(99)),
                    earned_on: new.on,
                    credited: new.minutes,
                    free: new.minutes,
                }),
                Step::Add(id, minutes) | Step::TakeBack(id, minutes) => {
                    let sign = if matches!(step, Step::Add(..)) { 1 } else { -1 };
                    let lot = lots.iter_mut().find(|lot| lot.id == *id).unwrap();
                    lot.credited += sign * minutes;
                    lot.free += sign * minutes;
                }
            }
        }
        lots
    }

    #[test]
    fn what_is_owed_is_earned_added_and_taken_back() {
        let id = LotId(Uuid::from_u128(1));
        assert_eq!(follow(None, &[]), []);
        assert_eq!(follow(owed(120, 10), &[]), [Step::Earn(owed(120, 10).unwrap())]);
        assert_eq!(follow(owed(120, 10), &[lot(1, 10, 120, 120)]), []);
        assert_eq!(follow(owed(121, 10), &[lot(1, 10, 120, 120)]), [Step::Add(id, 1)]);
        assert_eq!(follow(owed(119, 10), &[lot(1, 10, 120, 120)]), [Step::TakeBack(id, 1)]);
        assert_eq!(follow(None, &[lot(1, 10, 120, 120)]), [Step::TakeBack(id, 120)]);
        assert_eq!(follow(owed(60, 10), &[lot(1, 10, 0, 0)]), [Step::Add(id, 60)], "taken back before");
    }

    #[test]
    fn what_is_used_stays_and_is_set_against_what_is_owed() {
        let id = LotId(Uuid::from_u128(1));
        assert_eq!(follow(None, &[lot(1, 10, 120, 0)]), []);
        assert_eq!(follow(None, &[lot(1, 10, 120, 50)]), [Step::TakeBack(id, 50)]);
        assert_eq!(follow(owed(100, 10), &[lot(1, 10, 120, 0)]), []);
        assert_eq!(follow(owed(180, 10), &[lot(1, 10, 120, 0)]), [Step::Add(id, 60)]);
        // Moved to another date, with seventy minutes of it used: the other fifty move.
        let steps = follow(owed(120, 12), &[lot(1, 10, 120, 50)]);
        assert_eq!(steps, [Step::TakeBack(id, 50), Step::Earn(owed(50, 12).unwrap())]);
        assert_eq!(follow(owed(70, 12), &[lot(1, 10, 120, 0)]), []);
    }

    proptest! {
        /// Done once more nothing is done; never below zero, never more taken back than is free, and what is credited is
        /// what is owed except for what was in use.
        #[test]
        fn it_ends_where_the_facts_are(
            minutes in 0_i64..600,
            on in 1_u32..5,
            lots in proptest::collection::btree_map(1_u32..5, (0_i64..600, 0_i64..600), 0..4),
        ) {
            let before: Vec<EarnedBefore> = lots.iter()
                .map(|(day, (credited, free))| lot(u128::from(*day), *day, *credited, *free.min(credited)))
                .collect();
            let owed = (minutes > 0).then_some(OwedNow { minutes, on: date(on) });
            let used: i64 = before.iter().map(|lot| lot.credited - lot.free).sum();
            let then = after(&before, &follow(owed, &before));
            prop_assert!(then.iter().all(|lot| lot.free >= 0 && lot.credited >= lot.free));
            prop_assert_eq!(then.iter().map(|lot| lot.credited - lot.free).sum::<i64>(), used);
            prop_assert_eq!(then.iter().map(|lot| lot.credited).sum::<i64>(), minutes.max(used));
            prop_assert!(then.iter().all(|lot| lot.free == 0 || lot.earned_on == date(on)));
            prop_assert_eq!(follow(owed, &then), Vec::new());
        }
    }
}
