//! One row per endpoint: method, path, who may pass the door, the schemas of what is asked and answered, the handler.

use actix_web::Route;
use actix_web::http::Method;
use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::app::error::Code;
use crate::rules::terms::Role;

/// Who may pass the door. What lies within a caller's reach is checked by the act itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anybody, without a token.
    Public,
    /// Every account that is signed in.
    SignedIn,
    /// Accounts with one of these roles on any unit.
    Roles(&'static [Role]),
    /// Accounts with one of these roles, and every account linked to an officer.
    RolesOrSelf(&'static [Role]),
}

impl Access {
    /// The roles that pass; empty where no role is asked for.
    #[must_use]
    pub const fn roles(self) -> &'static [Role] {
        match self {
            Self::Public | Self::SignedIn => &[],
            Self::Roles(roles) | Self::RolesOrSelf(roles) => roles,
        }
    }

    /// Whether an account linked to an officer passes without any role.
    #[must_use]
    pub const fn lets_self(self) -> bool {
        matches!(self, Self::RolesOrSelf(_))
    }

    /// Whether an account with these roles, linked to an officer or not, passes the door.
    #[must_use]
    pub fn admits(self, held: &[Role], linked: Linked) -> bool {
        match self {
            Self::Public | Self::SignedIn => true,
            Self::Roles(roles) => held.iter().any(|role| roles.contains(role)),
            Self::RolesOrSelf(roles) => linked == Linked::Officer || held.iter().any(|role| roles.contains(role)),
        }
    }
}

/// Whether an account stands for a person on the roll.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Linked {
    /// Linked to an officer.
    Officer,
    /// Linked to nobody.
    Nobody,
}

/// Makes the JSON schema of one type.
pub type SchemaOf = fn(&mut SchemaGenerator) -> Schema;

/// The body that an endpoint reads.
#[derive(Debug, Clone, Copy)]
pub enum BodyOf {
    /// JSON, required.
    Json(SchemaOf),
    /// JSON, may be left out.
    OptionalJson(SchemaOf),
    /// JSON merge patch.
    MergePatch(SchemaOf),
    /// Bytes of one of these content types.
    Binary(&'static [&'static str]),
}

/// What an endpoint answers when it does what it was asked.
#[derive(Debug, Clone, Copy)]
pub enum AnswerOf {
    /// JSON of a type.
    Json(SchemaOf),
    /// Bytes of one of these content types.
    Binary(&'static [&'static str]),
    /// No body.
    Nothing,
}

/// Whether the endpoint changes a known version of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precondition {
    /// No `If-Match`.
    None,
    /// `If-Match` is required, `428` without.
    IfMatch,
    /// `If-Match` to change, `If-None-Match: *` to create, `428` without either.
    IfMatchOrNew,
}

/// One row of the table.
#[derive(Debug, Clone)]
pub struct Endpoint {
    /// Method.
    pub method: Method,
    /// Path below [`super::BASE`], e.g. `/officers/{id}`.
    pub path: &'static str,
    /// Stable name, the operation id of the OpenAPI document.
    pub id: &'static str,
    /// Chapter of the OpenAPI document.
    pub tag: &'static str,
    /// Who may pass.
    pub access: Access,
    /// One line.
    pub summary: &'static str,
    /// Query parameters: a type whose fields are the parameters.
    pub query: Option<SchemaOf>,
    /// Types of path parameters that are not ids.
    pub path_types: Vec<(&'static str, SchemaOf)>,
    /// Body.
    pub body: Option<BodyOf>,
    /// Answers by status.
    pub answers: Vec<(u16, AnswerOf)>,
    /// Refusals beyond those that follow from the shape of the endpoint.
    pub errors: Vec<Code>,
    /// Whether `If-Match` is read.
    pub precondition: Precondition,
    /// Whether answers carry an `ETag`.
    pub tagged: Tagged,
    /// Whether a delegate passes as whoever holds one of the roles.
    pub delegable: Delegable,
    /// How much it reads.
    pub weight: Weight,
    /// Makes the actix route.
    pub route: fn() -> Route,
}

/// How much an endpoint reads or writes at the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// The records of one person: on a file it is read where the request is, without another thread, and written in one
    /// transaction with what others write at the same moment.
    Light,
    /// More.
    Usual,
}

/// Whether answers carry an `ETag`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tagged {
    /// They do.
    Yes,
    /// They do not.
    No,
}

/// Whether somebody passes to whom one of the roles' deciding is delegated today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delegable {
    /// They do.
    Yes,
    /// They do not.
    No,
}

impl Endpoint {
    fn new(method: Method, path: &'static str, id: &'static str, access: Access, route: fn() -> Route) -> Self {
        Self {
            method,
            path,
            id,
            tag: first_segment(path),
            access,
            summary: "",
            query: None,
            path_types: Vec::new(),
            body: None,
            answers: Vec::new(),
            errors: Vec::new(),
            precondition: Precondition::None,
            tagged: Tagged::No,
            delegable: Delegable::No,
            weight: Weight::Usual,
            route,
        }
    }

    /// A row that reads.
    #[must_use]
    pub fn get(path: &'static str, id: &'static str, access: Access, route: fn() -> Route) -> Self {
        Self::new(Method::GET, path, id, access, route)
    }

    /// A row that creates or acts.
    #[must_use]
    pub fn post(path: &'static str, id: &'static str, access: Access, route: fn() -> Route) -> Self {
        Self::new(Method::POST, path, id, access, route)
    }

    /// A row that replaces.
    #[must_use]
    pub fn put(path: &'static str, id: &'static str, access: Access, route: fn() -> Route) -> Self {
        Self::new(Method::PUT, path, id, access, route)
    }

    /// A row that edits.
    #[must_use]
    pub fn patch(path: &'static str, id: &'static str, access: Access, route: fn() -> Route) -> Self {
        Self::new(Method::PATCH, path, id, access, route)
    }

    /// A row that removes.
    #[must_use]
    pub fn delete(path: &'static str, id: &'static str, access: Access, route: fn() -> Route) -> Self {
        Self::new(Method::DELETE, path, id, access, route)
    }

    /// Says in one line what it does.
    #[must_use]
    pub const fn summary(mut self, summary: &'static str) -> Self {
        self.summary = summary;
        self
    }

    /// Names the chapter; by default the first segment of the path.
    #[must_use]
    pub const fn tag(mut self, tag: &'static str) -> Self {
        self.tag = tag;
        self
    }

    /// Reads the fields of `Q` as query parameters.
    #[must_use]
    pub fn query<Q: JsonSchema>(mut self) -> Self {
        self.query = Some(schema_of::<Q>);
        self
    }

    /// Says what a path parameter is; without it `id` and `…_id` are ids and all others text.
    #[must_use]
    pub fn path_type<P: JsonSchema>(mut self, name: &'static str) -> Self {
        self.path_types.push((name, schema_of::<P>));
        self
    }

    /// Reads `B` as JSON.
    #[must_use]
    pub fn body<B: JsonSchema>(mut self) -> Self {
        self.body = Some(BodyOf::Json(schema_of::<B>));
        self
    }

    /// Reads `B` as JSON where there is a body.
    #[must_use]
    pub fn optional_body<B: JsonSchema>(mut self) -> Self {
        self.body = Some(BodyOf::OptionalJson(schema_of::<B>));
        self
    }

    /// Reads `B` as a JSON merge patch.
    #[must_use]
    pub fn merge_patch<B: JsonSchema>(mut self) -> Self {
        self.body = Some(BodyOf::MergePatch(schema_of::<B>));
        self
    }

    /// Reads bytes of one of these content types.
    #[must_use]
    pub fn binary_body(mut self, content_types: &'static [&'static str]) -> Self {
        self.body = Some(BodyOf::Binary(content_types));
        self
    }

    /// Answers `T` with this status.
    #[must_use]
    pub fn answer<T: JsonSchema>(mut self, status: u16) -> Self {
        self.answers.push((status, AnswerOf::Json(schema_of::<T>)));
        self
    }

    /// Answers `201`, `Location` and `T`.
    #[must_use]
    pub fn created<T: JsonSchema>(self) -> Self {
        self.answer::<T>(201)
    }

    /// Answers bytes of one of these content types with `200`.
    #[must_use]
    pub fn binary_answer(mut self, content_types: &'static [&'static str]) -> Self {
        self.answers.push((200, AnswerOf::Binary(content_types)));
        self
    }

    /// Answers `204` without a body.
    #[must_use]
    pub fn no_content(mut self) -> Self {
        self.answers.push((204, AnswerOf::Nothing));
        self
    }

    /// Requires `If-Match`; the answer carries an `ETag`.
    #[must_use]
    pub const fn if_match(mut self) -> Self {
        self.precondition = Precondition::IfMatch;
        self.tagged = Tagged::Yes;
        self
    }

    /// Requires `If-Match`, or `If-None-Match: *` to create; the answer carries an `ETag`.
    #[must_use]
    pub const fn if_match_or_new(mut self) -> Self {
        self.precondition = Precondition::IfMatchOrNew;
        self.tagged = Tagged::Yes;
        self
    }

    /// Answers carry an `ETag`.
    #[must_use]
    pub const fn etag(mut self) -> Self {
        self.tagged = Tagged::Yes;
        self
    }

    /// It reads or writes the records of one person at the most.
    #[must_use]
    pub const fn light(mut self) -> Self {
        self.weight = Weight::Light;
        self
    }

    /// Lets delegates pass.
    #[must_use]
    pub const fn delegable(mut self) -> Self {
        self.delegable = Delegable::Yes;
        self
    }

    /// Names further refusals.
    #[must_use]
    pub fn errors(mut self, codes: &[Code]) -> Self {
        self.errors.extend_from_slice(codes);
        self
    }

    /// Whether the endpoint takes `Idempotency-Key`: every `POST` but those under `/auth/`, previews and checks that
    /// store nothing (CONTRACT §1).
    #[must_use]
    pub fn idempotent(&self) -> bool {
        self.method == Method::POST
            && !self.path.starts_with("/auth/")
            && !self.path.ends_with("/preview")
            && !self.path.ends_with("/check")
    }

    /// The content types of the body that it reads.
    #[must_use]
    pub const fn content_types(&self) -> &'static [&'static str] {
        match self.body {
            None => &[],
            Some(BodyOf::Json(_) | BodyOf::OptionalJson(_)) => &["application/json"],
            Some(BodyOf::MergePatch(_)) => &["application/merge-patch+json", "application/json"],
            Some(BodyOf::Binary(types)) => types,
        }
    }

    /// The names of the path's parameters, in order.
    pub fn path_names(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
    }
}

fn schema_of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

fn first_segment(path: &'static str) -> &'static str {
    path.trim_start_matches('/').split('/').next().unwrap_or(path)
}

/// Orders paths so that a fixed segment is tried before a parameter: `/officers/import` before `/officers/{id}`.
pub(crate) fn routing_order(one: &str, other: &str) -> std::cmp::Ordering {
    let weigh = |path: &str| -> Vec<(u8, String)> {
        path.split('/').map(|part| (u8::from(part.starts_with('{')), part.to_owned())).collect()
    };
    weigh(one).cmp(&weigh(other))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::{HttpResponse, web};

    fn route() -> Route {
        web::route().to(HttpResponse::Ok)
    }

    #[test]
    fn retries_are_kept_for_posts_but_not_for_sign_in_and_previews() {
        let is = |path| Endpoint::post(path, "x", Access::Public, route).idempotent();
        assert!(is("/units"));
        assert!(!is("/auth/login"));
        assert!(!is("/leave-requests/preview"));
        assert!(!is("/duty-shifts/check"));
        assert!(!Endpoint::put("/units", "x", Access::Public, route).idempotent());
    }

    #[test]
    fn fixed_segments_come_before_parameters() {
        let mut paths = ["/a/{id}", "/a/{id}/b", "/a/import", "/a", "/{x}/b"];
        paths.sort_by(|a, b| routing_order(a, b));
        assert_eq!(paths, ["/a", "/a/import", "/a/{id}", "/a/{id}/b", "/{x}/b"]);
    }

    #[test]
    fn access_is_decided_by_roles_and_by_the_link() {
        let hr = Access::RolesOrSelf(&[Role::Hr]);
        assert!(hr.admits(&[], Linked::Officer));
        assert!(hr.admits(&[Role::Hr], Linked::Nobody));
        assert!(!hr.admits(&[Role::Admin], Linked::Nobody));
        assert!(!Access::Roles(&[Role::Hr]).admits(&[], Linked::Officer));
        assert!(Access::SignedIn.admits(&[], Linked::Nobody));
    }
}
