//! Units of a roster file (RULINGS 26): parents stand in the file in any order, or in the database.

use std::collections::{HashMap, HashSet};
use std::io::{Read, Seek};

use super::header::{Column, Field, Header, Need};
use super::officers::Line;
use super::report::{Checked, Expectation, FileError, ImportCode, Notes};
use super::table::{Row, Visitor, each_row};
use super::value::{text, unit_code, unit_kind};
use super::{Format, Known, Limits};
use crate::rules::terms::UnitKind;

const COLUMNS: &[Column] = &[
    Column { field: Field::UnitCode, need: Need::Required, names: &["单位代码", "code", "unit_code"] },
    Column { field: Field::Name, need: Need::Required, names: &["单位名称", "name", "unit_name"] },
    Column {
        field: Field::ParentCode,
        need: Need::Required,
        names: &["上级单位代码", "parent_code", "parent", "parent_unit_code"],
    },
    Column { field: Field::Kind, need: Need::Required, names: &["类别", "kind", "单位类别"] },
];

/// One unit as the file states it; every value is checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitRow {
    /// Line of the file on which the row begins, title and header included; row number in a workbook.
    pub line: u32,
    /// 单位代码, as text.
    pub code: String,
    /// 单位名称.
    pub name: String,
    /// 上级单位代码; none for a root.
    pub parent_code: Option<String>,
    /// 类别.
    pub kind: UnitKind,
}

/// Reads units, in the order of the file: a parent may come after its children. The second list holds warnings, the
/// third refusals; unless the third is empty nothing may be stored.
///
/// Cycles that lie wholly in the file are refused here. One that closes only over units of the database is for
/// whoever applies the rows.
///
/// # Errors
/// When the file cannot be read as a table at all; [`FileError::rejection`] makes a refusal of it.
pub fn units<R: Read + Seek>(
    mut reader: R,
    format: Format,
    limits: &Limits,
    known: &dyn Known,
) -> Result<Checked<UnitRow>, FileError> {
    let mut notes = Notes::new(limits);
    let mut tree = Tree { rows: Vec::new(), seen: HashMap::new(), parents: Vec::new(), column: String::new() };
    each_row(&mut reader, format, limits, COLUMNS, &mut notes, &mut tree)?;
    let rows = tree.link_parents(known, &mut notes);
    let (warnings, rejected) = notes.finish();
    Ok((rows, warnings, rejected))
}

/// A parent to be checked when all rows are known.
struct Parent {
    line: u32,
    code: String,
    parent: String,
}

struct Tree {
    rows: Vec<UnitRow>,
    /// Line of each code, refused rows included.
    seen: HashMap<String, u32>,
    parents: Vec<Parent>,
    /// Header of the parent column.
    column: String,
}

impl Visitor for Tree {
    fn row(&mut self, header: &Header, row: &Row, notes: &mut Notes) {
        if self.column.is_empty() {
            header.text(Field::ParentCode).clone_into(&mut self.column);
        }
        let mut line = Line { header, row, notes, refused: false };
        let code = line.required(Field::UnitCode, unit_code);
        let earlier = code.as_ref().and_then(|code| self.seen.get(code)).copied();
        if let Some(earlier) = earlier {
            line.refuse(Field::UnitCode, ImportCode::CodeRepeated, Expectation::Once(earlier));
        }
        let name = line.required(Field::Name, text);
        let parent = line.optional(Field::ParentCode, unit_code);
        let kind = line.required(Field::Kind, unit_kind);
        let refused = line.refused;
        if let (Some(code), None) = (&code, earlier) {
            self.seen.insert(code.clone(), row.line);
            if let Some(parent) = &parent {
                self.parents.push(Parent { line: row.line, code: code.clone(), parent: parent.clone() });
            }
        }
        if let (false, Some(code), Some(name), Some(kind)) = (refused, code, name, kind) {
            self.rows.push(UnitRow { line: row.line, code, name, parent_code: parent, kind });
        }
    }

    fn ragged(&mut self, header: &Header, row: &Row) {
        let cell = header.position(Field::UnitCode).map(|index| row.cell(index));
        if let Some(Ok(Some(code))) = cell.map(unit_code) {
            self.seen.entry(code).or_insert(row.line);
        }
    }
}

impl Tree {
    /// Checks the parents now that every row is known, and takes out the rows that are refused for them.
    fn link_parents(self, known: &dyn Known, notes: &mut Notes) -> Vec<UnitRow> {
        let Self { mut rows, seen, parents, column } = self;
        let above: HashMap<&str, &str> = parents.iter().map(|p| (p.code.as_str(), p.parent.as_str())).collect();
        let in_cycle = codes_in_cycles(&above);
        let mut refused_lines = HashSet::new();
        for link in &parents {
            let fault = if in_cycle.contains(link.code.as_str()) {
                Some((ImportCode::ParentCycle, Expectation::NoCycle))
            } else if !seen.contains_key(&link.parent) && !known.unit_exists(&link.parent) {
                Some((ImportCode::ParentUnknown, Expectation::Parent))
            } else {
                None
            };
            if let Some((code, expected)) = fault {
                notes.reject(link.line, &column, code, &link.parent, expected);
                refused_lines.insert(link.line);
            }
        }
        rows.retain(|row| !refused_lines.contains(&row.line));
        rows
    }
}

/// The codes that lie on a cycle themselves; what merely hangs below one is not named.
fn codes_in_cycles<'a>(above: &HashMap<&'a str, &'a str>) -> HashSet<&'a str> {
    let mut settled: HashSet<&str> = HashSet::new();
    let mut found = HashSet::new();
    for start in above.keys() {
        let mut path: Vec<&str> = Vec::new();
        let mut on_path: HashSet<&str> = HashSet::new();
        let mut next = Some(*start);
        while let Some(code) = next
            && !settled.contains(code)
            && on_path.insert(code)
        {
            path.push(code);
            next = above.get(code).copied();
        }
        if let Some(code) = next
            && on_path.contains(code)
            && !settled.contains(code)
        {
            found.extend(path.iter().skip_while(|on| **on != code).copied());
        }
        settled.extend(path);
    }
    found
}
