//! The spouses that a roster names, linked.

use std::collections::{HashMap, HashSet};

use serde_json::json;

use super::officer_rows::{Applied, Placed, subject};
use super::{CHUNK, not_yours, rejection};
use crate::app::ctx::Ctx;
use crate::app::error::Error;
use crate::app::import::{Expectation, ImportCode, OfficerRow, Report};
use crate::app::reach;
use crate::rules::terms::OfficerId;
use crate::store::officers::Linking;
use crate::store::{self, Tx};

/// Header of the column that refusals made here are about.
const SPOUSE: &str = "配偶警号";

/// A link that a row asks for.
struct Wanted<'a> {
    line: u32,
    officer: OfficerId,
    badge_no: &'a str,
    other: OfficerId,
}

/// Links spouses and gives those whose link is new. Somebody who is linked to another already is a refusal, not a silent
/// divorce; and nobody writes a link of their own.
pub(super) fn link(
    tx: &mut Tx,
    ctx: &Ctx,
    rows: &[OfficerRow],
    placed: &[Placed],
    report: &mut Report,
) -> Result<HashSet<OfficerId>, Error> {
    let asked: Vec<(&OfficerRow, &Placed, &str)> = rows
        .iter()
        .zip(placed)
        .filter(|(_, place)| place.applied != Applied::NotYours)
        .filter_map(|(row, place)| Some((row, place, row.spouse_badge_no.as_deref()?)))
        .collect();
    let mut relinked = HashSet::new();
    for chunk in asked.chunks(CHUNK) {
        let badges: Vec<&str> = chunk.iter().map(|(_, _, spouse)| *spouse).collect();
        let others = store::roster::find_by_badges(tx.reading(), &badges)?;
        let wanted: Vec<Wanted<'_>> = chunk
            .iter()
            .filter_map(|(row, place, badge_no)| {
                let other = others.get(*badge_no)?.id;
                Some(Wanted { line: row.line, officer: place.id, badge_no, other })
            })
            .collect();
        link_chunk(tx, ctx, &wanted, report, &mut relinked)?;
    }
    Ok(relinked)
}

fn link_chunk(
    tx: &mut Tx,
    ctx: &Ctx,
    wanted: &[Wanted<'_>],
    report: &mut Report,
    relinked: &mut HashSet<OfficerId>,
) -> Result<(), Error> {
    let concerned: Vec<OfficerId> = wanted.iter().flat_map(|one| [one.officer, one.other]).collect();
    let mut spouses: HashMap<OfficerId, OfficerId> =
        store::officers::spouses(tx.reading(), &concerned)?.into_iter().collect();
    let mut couples = Vec::new();
    let mut entries = Vec::new();
    for one in wanted {
        match spouses.get(&one.other) {
            Some(theirs) if *theirs == one.officer => continue,
            Some(_) => {
                let refused =
                    rejection(one.line, SPOUSE, ImportCode::SpouseNotMutual, one.badge_no, Expectation::MutualSpouse);
                report.rejected.push(refused);
                continue;
            }
            None => {}
        }
        if reach::is_own(tx.reading(), ctx, one.officer)? || reach::is_own(tx.reading(), ctx, one.other)? {
            report.rejected.push(not_yours(one.line, SPOUSE, one.badge_no));
            continue;
        }
        let before = spouses.get(&one.officer).copied();
        if let Some(before) = before {
            // A link that gives way: what was gathered is written first, so that each act finds what came before it.
            store::roster::link_spouses(tx, &std::mem::take(&mut couples), &ctx.moment)?;
            if store::officers::set_spouse(tx, one.officer, Some(one.other), &ctx.moment)? == Linking::Changed {
                store::officers::bump(tx, one.officer)?;
            }
            spouses.remove(&before);
        } else {
            couples.push((one.officer, one.other));
        }
        spouses.insert(one.officer, one.other);
        spouses.insert(one.other, one.officer);
        relinked.extend([one.officer, one.other]);
        let (old, new) = (json!({"spouse_officer_id": before}), json!({"spouse_officer_id": one.other}));
        entries.push(ctx.entry("officer.imported", subject(one.officer), Some(old), Some(new)));
    }
    store::roster::link_spouses(tx, &couples, &ctx.moment)?;
    Ok(store::audit::append_many(tx, &entries, &ctx.moment)?)
}
