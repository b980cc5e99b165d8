//! The paths of the table as a tree of segments: a request is held against few patterns, and most of them are fixed text.

use std::collections::BTreeMap;

use actix_web::{Resource, Scope, web};

/// A place in the tree: perhaps a path of the table, perhaps more below it. Fixed segments go before parameters:
/// `/officers/import` before `/officers/{id}`.
#[derive(Default)]
struct Branch {
    path: Option<&'static str>,
    below: BTreeMap<(Sort, &'static str), Branch>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sort {
    Fixed,
    Parameter,
}

/// Everything below a base path. `resource` makes what stands at a path of the table, given the pattern that is left of
/// it at its place.
pub fn tree(
    base: &str,
    paths: impl IntoIterator<Item = &'static str>,
    resource: &dyn Fn(&str, &'static str) -> Resource,
) -> Scope {
    let mut root = Branch::default();
    for path in paths {
        let segments = path.split('/').filter(|segment| !segment.is_empty());
        let place = segments.fold(&mut root, |branch, segment| {
            let sort = if segment.starts_with('{') { Sort::Parameter } else { Sort::Fixed };
            branch.below.entry((sort, segment)).or_default()
        });
        place.path = Some(path);
    }
    scope(base, root, resource)
}

fn scope(prefix: &str, branch: Branch, resource: &dyn Fn(&str, &'static str) -> Resource) -> Scope {
    let mut scope = web::scope(prefix);
    if let Some(path) = branch.path {
        scope = scope.service(resource("", path));
    }
    for ((_, segment), below) in branch.below {
        let pattern = format!("/{segment}");
        scope = match below.path {
            Some(path) if below.below.is_empty() => scope.service(resource(&pattern, path)),
            _ => scope.service(self::scope(&pattern, below, resource)),
        };
    }
    scope
}
