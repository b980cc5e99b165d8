//! What a version says that was published before it could say so (welfare.md A-8, §0.6): numbers of years ago stay what
//! they were read as.

pub(super) const fn override_hours() -> i64 {
    12
}

pub(super) fn ladder_days() -> Vec<i64> {
    vec![1, 3, 5, 7, 15, 30]
}

pub(super) const fn acknowledge_days() -> u64 {
    3
}

pub(super) const fn remedy_days() -> u64 {
    30
}
