//! Path parameters: one that cannot be read names nothing, so the answer is `404`.

use std::future::{Ready, ready};
use std::str::FromStr;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};

use super::door::Matched;
use super::problem::Problem;
use crate::app::error::Code;

/// The first parameter of the path, an id or another value with a textual form; malformed is `404`.
#[derive(Debug, Clone, Copy)]
pub struct PathId<T>(pub T);

/// The first two parameters of the path.
#[derive(Debug, Clone, Copy)]
pub struct PathIds<A, B>(pub A, pub B);

/// The first parameter of the path as text of 1 to 200 characters.
#[derive(Debug, Clone)]
pub struct PathText(pub String);

const TEXT_LENGTH_MAX: usize = 200;

fn parameter(request: &HttpRequest, at: usize) -> Result<String, Problem> {
    let extensions = request.extensions();
    let raw = extensions.get::<Matched>().and_then(|matched| matched.parameters.get(at)).ok_or(Code::NotFound)?;
    let text = decode(raw).ok_or(Code::NotFound)?;
    if text.is_empty() || text.contains('\0') || text.chars().count() > TEXT_LENGTH_MAX {
        return Err(Code::NotFound.into());
    }
    Ok(text)
}

/// Decodes what is left percent-encoded in a matched segment; `None` where it is not UTF-8.
fn decode(raw: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(raw.len());
    let mut rest = raw.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let pair = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&pair).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

fn parsed<T: FromStr>(request: &HttpRequest, at: usize) -> Result<T, Problem> {
    parameter(request, at)?.parse().map_err(|_| Code::NotFound.into())
}

impl<T: FromStr + 'static> FromRequest for PathId<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parsed(request, 0).map(Self))
    }
}

impl<A: FromStr + 'static, B: FromStr + 'static> FromRequest for PathIds<A, B> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parsed(request, 0).and_then(|first| Ok(Self(first, parsed(request, 1)?))))
    }
}

impl FromRequest for PathText {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;
    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parameter(request, 0).map(Self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::endpoint::{Access, Endpoint};
    use crate::rules::terms::{OfficerId, RowId};
    use actix_web::test::TestRequest;
    use actix_web::{HttpResponse, web};

    const ID: &str = "0190163d-8694-739b-aea5-966c26f8ad91";

    fn request(value: &'static str) -> HttpRequest {
        let row = Endpoint::get("/{id}/{row_id}", "x", Access::Public, || web::get().to(HttpResponse::Ok));
        let request = TestRequest::default().to_http_request();
        let parameters = vec![value.to_owned(), ID.to_owned()];
        request.extensions_mut().insert(Matched { endpoint: Box::leak(Box::new(row)), parameters });
        request
    }

    #[actix_web::test]
    async fn malformed_ids_are_not_found() {
        let mut none = Payload::None;
        let read = PathIds::<OfficerId, RowId>::from_request(&request(ID), &mut none).await.unwrap();
        assert_eq!(read.0.to_string(), ID);
        for malformed in ["", "x", "0190163d", "%00", "%zz", "%ff", "1; drop table"] {
            assert!(PathId::<OfficerId>::from_request(&request(malformed), &mut none).await.is_err(), "{malformed}");
        }
        assert_eq!(PathText::from_request(&request("%E5%B9%B4"), &mut none).await.unwrap().0, "年");
    }
}
