//! What about the state of a record forbids an act: the `reason` of `wrong_state` (docs/ERRORS.md).

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::rules::terms::{UnknownWord, vocabulary};

vocabulary! {
    /// Why the state of a record does not allow an act.
    Hindrance {
        // In time.
        /// It is over.
        Over = "over",
        /// It is not over yet.
        NotOver = "not_over",
        /// It has begun.
        Begun = "begun",
        /// It has ended, or was ended.
        Ended = "ended",
        /// It was cancelled or withdrawn.
        Cancelled = "cancelled",
        /// It was decided already.
        Decided = "decided",
        /// It is not waiting for an answer any more.
        Closed = "closed",

        // Duty and rest.
        /// It is no duty.
        NotDuty = "not_duty",
        /// Officer and leader have agreed on the hours: others are said as hours, by both.
        HoursAgreed = "hours_agreed",
        /// The officer has said what was worked: other hours are said as hours.
        OfficerConfirmed = "officer_confirmed",
        /// It is in a swap that is open.
        InSwap = "in_swap",
        /// A shift of the swap is planned otherwise since it was asked for, or agreed to.
        PlanChanged = "plan_changed",
        /// The colleague has not agreed yet.
        NotAgreed = "not_agreed",
        /// The officer has confirmed that the rest day was taken.
        Taken = "taken",
        /// The rest day is ordered.
        Ordered = "ordered",
        /// The rest day is over, and no duty is recorded on it.
        NoDuty = "no_duty",
        /// The rest day was not cancelled.
        NotCancelled = "not_cancelled",
        /// Another day stands in its place.
        Replaced = "replaced",
        /// It was asked for already.
        AskedAlready = "asked_already",
        /// Nothing is asked for.
        NothingAsked = "nothing_asked",
        /// It is no draft.
        NotDraft = "not_draft",
        /// It does not bind now.
        NotInForce = "not_in_force",
        /// The violation is not at the step that comes before.
        NotItsTurn = "not_its_turn",
        /// The rest that was taken away is still owed: words do not make it good.
        StillOwed = "still_owed",
        /// The caller is in a couple already, or has asked somebody.
        InCouple = "in_couple",

        // Credit and leave.
        /// Nothing of it is left.
        NothingLeft = "nothing_left",
        /// The officer wants it as pay.
        WantedAsPay = "wanted_as_pay",
        /// The officer has not chosen pay.
        NotPay = "not_pay",
        /// It follows from the records, and was not entered.
        NotEntered = "not_entered",
        /// The leave is not approved.
        NotApproved = "not_approved",
        /// The leave has not begun.
        NotBegun = "not_begun",
        /// Nobody is recalled from sick leave.
        SickLeave = "sick_leave",
        /// The dates were recalled before.
        RecalledAlready = "recalled_already",
        /// No days are held.
        NothingHeld = "nothing_held",

        // People and the service.
        /// The officer has left the roll.
        LeftRoll = "left_roll",
        /// The officer has not left the roll.
        OnRoll = "on_roll",
        /// There are as many as there may be.
        TooMany = "too_many",
        /// The key signs: another must be made first.
        Signs = "signs",
        /// No run is due then, or an earlier one comes first.
        NotDue = "not_due",
    }
}
