//! Reads Rust, SQL, Fluent and OpenAPI just far enough for the promises.

use std::collections::{BTreeMap, BTreeSet};

use crate::NEVER_KEPT;
use crate::promises::Source;

/// Rust source with comments, the contents of strings and unit tests replaced by blanks; lines stay where they are.
pub fn blanked(text: &str) -> String {
    without_unit_tests(&without_comments_and_strings(text))
}

pub fn without_comments_and_strings(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\0');
    let mut out = String::with_capacity(text.len());
    let mut i = 0;
    while i < chars.len() {
        let end = match (at(i), at(i + 1)) {
            ('/', '/') => (i..chars.len()).find(|&j| at(j) == '\n').unwrap_or(chars.len()),
            ('/', '*') => end_of_block_comment(&chars, i),
            ('"', _) => end_of_string(&chars, i),
            ('r', '"' | '#') if !is_word(at(i.wrapping_sub(1))) || at(i.wrapping_sub(1)) == 'b' => {
                end_of_raw_string(&chars, i)
            }
            ('\'', '\\') => (i + 3..chars.len()).find(|&j| at(j) == '\'').map_or(chars.len(), |j| j + 1),
            ('\'', _) if at(i + 2) == '\'' => i + 3,
            _ => i,
        };
        if end == i {
            out.push(at(i));
            i += 1;
        } else {
            out.extend(chars[i..end].iter().map(|&c| if c == '\n' { '\n' } else { ' ' }));
            i = end;
        }
    }
    out
}

pub fn end_of_block_comment(chars: &[char], start: usize) -> usize {
    let mut depth = 0_usize;
    let mut i = start;
    while i < chars.len() {
        match chars[i..].get(..2) {
            Some(['/', '*']) => (depth, i) = (depth + 1, i + 2),
            Some(['*', '/']) if depth == 1 => return i + 2,
            Some(['*', '/']) => (depth, i) = (depth - 1, i + 2),
            _ => i += 1,
        }
    }
    chars.len()
}

pub fn end_of_string(chars: &[char], start: usize) -> usize {
    let mut i = start + 1;
    while i < chars.len() {
        match chars[i] {
            '\\' => i += 2,
            '"' => return i + 1,
            _ => i += 1,
        }
    }
    chars.len()
}

/// `r#name` is no string: then the end is the start.
pub fn end_of_raw_string(chars: &[char], start: usize) -> usize {
    let hashes = chars[start + 1..].iter().take_while(|&&c| c == '#').count();
    if chars.get(start + 1 + hashes) != Some(&'"') {
        return start;
    }
    let close: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
    let body = start + 2 + hashes;
    chars[body..].windows(close.len()).position(|part| part == close).map_or(chars.len(), |at| body + at + close.len())
}

/// Blanks what `#[cfg(test)]` and `#[test]` stand before, up to the end of its block or statement.
pub fn without_unit_tests(code: &str) -> String {
    let mut out = code.to_owned();
    for mark in ["#[cfg(test)]", "#[test]"] {
        while let Some(start) = out.find(mark) {
            let mut depth = 0_usize;
            let mut end = out.len();
            for (at, c) in out[start + mark.len()..].char_indices() {
                match c {
                    '{' => depth += 1,
                    '}' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                if depth == 0 && matches!(c, '}' | ';') {
                    end = start + mark.len() + at + 1;
                    break;
                }
            }
            let blank: String = out[start..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
            out.replace_range(start..end, &blank);
        }
    }
    out
}

/// The modules that are compiled for unit tests alone and have files of their own, as paths without `.rs`.
pub fn test_modules(sources: &[Source]) -> Vec<String> {
    const MARK: &str = "#[cfg(test)]";
    let mut modules = Vec::new();
    for source in sources {
        let stem = source.path.trim_end_matches(".rs");
        let stem =
            if stem == "lib" || stem == "main" { "" } else { stem.trim_end_matches("mod").trim_end_matches('/') };
        let code = without_comments_and_strings(&source.text);
        for (at, _) in code.match_indices(MARK) {
            let item = code[at + MARK.len()..].split([';', '{']).next().unwrap_or_default();
            let ended_by = code[at + MARK.len() + item.len()..].chars().next();
            let mut words = item.split_whitespace().skip_while(|word| *word != "mod").skip(1);
            if let Some(name) = words.next().filter(|_| ended_by == Some(';')) {
                modules.push(format!("{stem}/{name}").trim_start_matches('/').to_owned());
            }
        }
    }
    modules
}

pub fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The lines on which a word or path stands as such, not as a part of a longer word; `a::b` is also seen in `a::{b, c}`.
pub fn found(code: &str, word: &str) -> Vec<usize> {
    let mut lines: Vec<usize> = stands(code, word).into_iter().map(|(line, _)| line).collect();
    if let Some((path, last)) = word.rsplit_once("::").filter(|(_, last)| !last.is_empty()) {
        let in_group = |rest: &str| {
            rest.trim_start().strip_prefix('{').is_some_and(|group| firsts(group).contains(&last.to_owned()))
        };
        lines.extend(
            stands(code, &format!("{path}::")).into_iter().filter(|(_, rest)| in_group(rest)).map(|(line, _)| line),
        );
    }
    lines
}

/// The rooms that stand behind `crate::` or `respite::`, alone or in a group.
pub fn rooms_named(code: &str) -> Vec<(usize, String)> {
    let mut rooms = Vec::new();
    for (line, rest) in ["crate::", "respite::"].into_iter().flat_map(|root| stands(code, root)) {
        match rest.trim_start().strip_prefix('{') {
            Some(group) => rooms.extend(firsts(group).into_iter().map(|name| (line, name))),
            None => rooms.push((line, rest.chars().take_while(|&c| is_word(c)).collect())),
        }
    }
    rooms
}

/// The lines of a word, each with the text that follows it.
fn stands<'a>(code: &'a str, word: &str) -> Vec<(usize, &'a str)> {
    code.match_indices(word)
        .filter(|(at, _)| {
            let (before, after) = (&code[..*at], &code[at + word.len()..]);
            let starts = !word.starts_with(is_word) || !before.ends_with(is_word);
            let ends = !word.ends_with(is_word) || !after.starts_with(is_word);
            // `store::diesel` would be a name of ours, `::diesel` is the crate.
            let below = before.strip_suffix("::").is_some_and(|path| path.ends_with(is_word));
            starts && ends && (!below || word.contains("::"))
        })
        .map(|(at, _)| (code[..at].matches('\n').count() + 1, &code[at + word.len()..]))
        .collect()
}

/// The first names in `a::b, c::{d, e}, f}`: `a`, `c`, `f`.
fn firsts(group: &str) -> Vec<String> {
    let mut names = vec![String::new()];
    let (mut depth, mut reading) = (0_usize, true);
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                names.push(String::new());
                reading = true;
            }
            c if c.is_whitespace() => {}
            c if reading && is_word(c) => names.last_mut().unwrap().push(c),
            _ => reading = false,
        }
    }
    names
}

/// Whether a path is the place, or lies below a place that ends with `/`; every path lies in the empty place.
pub fn within(path: &str, place: &str) -> bool {
    path == place || place.is_empty() || (place.ends_with('/') && path.starts_with(place))
}

pub fn without_sql_comments(text: &str) -> String {
    text.lines().map(|line| line.split("--").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// What a name means that is never kept: its words stand side by side in the name, in `snake_case` or `camelCase`.
pub fn banned(name: &str) -> Option<String> {
    let mut words = vec![String::new()];
    for c in name.chars() {
        if c == '_' || c == '-' || c.is_uppercase() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| is_word(c) && c != '_') {
            word.extend(c.to_lowercase());
        }
    }
    let plain = name.to_lowercase();
    NEVER_KEPT
        .iter()
        .find(|ban| {
            let side_by_side = words.windows(ban.len()).any(|part| part.iter().zip(**ban).all(|(a, b)| a == b));
            side_by_side || plain.split('_').any(|part| part == ban.join(""))
        })
        .map(|ban| ban.join(" "))
}

pub fn field_names(value: &serde_json::Value, names: &mut BTreeSet<String>) {
    if let Some(properties) = value.get("properties").and_then(|properties| properties.as_object()) {
        names.extend(properties.keys().cloned());
    }
    if let (Some(name), Some(place)) = (value.get("name").and_then(|name| name.as_str()), value.get("in"))
        && place != "header"
    {
        names.insert(name.to_owned());
    }
    match value {
        serde_json::Value::Object(members) => members.values().for_each(|member| field_names(member, names)),
        serde_json::Value::Array(items) => items.iter().for_each(|item| field_names(item, names)),
        _ => {}
    }
}

/// `en` of `locales/en/leave.ftl` and of `locales/en.ftl`.
pub fn language_of(path: &str) -> String {
    let is_tag = |part: &&str| {
        let language = part.split('-').next().unwrap_or_default();
        (2..=3).contains(&language.len()) && language.chars().all(|c| c.is_ascii_lowercase())
    };
    path.trim_end_matches(".ftl").rsplit('/').find(is_tag).unwrap_or(path).to_owned()
}

pub fn messages_of(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut messages: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut message = String::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let head = line.split('=').next().unwrap_or_default().trim();
        let is_name =
            |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
        if line.contains('=') && !line.starts_with(char::is_whitespace) && is_name(head) {
            message = head.to_owned();
        } else if let Some(attribute) = head.strip_prefix('.').filter(|name| line.contains('=') && is_name(name)) {
            message = format!("{}.{attribute}", message.split('.').next().unwrap_or_default());
        }
        if !message.is_empty() {
            let arguments = line.split('$').skip(1).map(|rest| {
                rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect::<String>()
            });
            messages.entry(message.clone()).or_default().extend(arguments);
        }
    }
    messages
}
