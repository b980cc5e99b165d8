//! Signing in and out.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::accounts::GrantView;
use super::answer::Answer;
use super::body::Json;
use super::office::Office;
use super::problem::Problem;
use crate::app::error::Code;
use crate::app::sign_in::Signed;
use crate::rules::terms::{AccountId, OfficerId};

/// Name and password.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginBody {
    #[schemars(length(min = 1, max = 64))]
    username: String,
    #[schemars(length(min = 1, max = 256))]
    password: String,
}

/// A refresh token.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshBody {
    #[schemars(length(min = 1, max = 256))]
    refresh_token: String,
}

/// The old password and the new one.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordBody {
    current_password: String,
    #[schemars(length(min = 8, max = 256))]
    new_password: String,
}

/// What a sign-in gives.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TokenView {
    access_token: String,
    token_type: &'static str,
    /// Seconds until the access token ends.
    expires_in: i64,
    refresh_token: String,
    must_change_password: bool,
}

/// Who is signed in.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MeView {
    account_id: Option<AccountId>,
    username: String,
    officer_id: Option<OfficerId>,
    grants: Vec<GrantView>,
    must_change_password: bool,
}

fn token(signed: Signed) -> Result<Answer, Problem> {
    Ok(Answer::ok(&TokenView {
        access_token: signed.access_token,
        token_type: "Bearer",
        expires_in: signed.expires_in,
        refresh_token: signed.refresh_token,
        must_change_password: signed.must_change_password,
    })?)
}

/// `POST /auth/login`
pub async fn login(office: Office, body: Json<LoginBody>) -> Result<Answer, Problem> {
    let (house, place, given) = (office.house.clone(), office.place(), body.value);
    let signed = office
        .desk
        .run(move || {
            let moment = house.clock.moment();
            house.sign_in.with_password(&house.database, &moment, &given.username, &given.password, &place)
        })
        .await?;
    token(signed)
}

/// `POST /auth/refresh`
pub async fn refresh(office: Office, body: Json<RefreshBody>) -> Result<Answer, Problem> {
    let house = office.house.clone();
    let given = body.value.refresh_token;
    let signed = office.desk.run(move || house.sign_in.refresh(&house.database, &house.clock.moment(), &given)).await?;
    token(signed)
}

/// `POST /auth/logout`
pub async fn logout(office: Office) -> Result<Answer, Problem> {
    let (house, caller) = (office.house.clone(), office.caller()?);
    office.desk.run(move || house.sign_in.out(&house.database, &house.clock.moment(), &caller)).await?;
    Ok(Answer::nothing())
}

/// `POST /auth/password`
pub async fn password(office: Office, body: Json<PasswordBody>) -> Result<Answer, Problem> {
    let (house, ctx, place) = (office.house.clone(), office.ctx()?, office.place());
    let given = body.value;
    office
        .desk
        .run(move || {
            let (current, new) = (&given.current_password, &given.new_password);
            house.sign_in.change_password(&house.database, &ctx, current, new, &place)
        })
        .await?;
    Ok(Answer::nothing())
}

/// `GET /auth/me`
pub async fn me(office: Office) -> Result<Answer, Problem> {
    let caller = office.caller().map_err(|_| Code::Unauthenticated)?;
    Ok(Answer::ok(&MeView {
        account_id: caller.account_id,
        username: caller.username.clone(),
        officer_id: caller.officer_id,
        grants: caller.grants.iter().copied().map(GrantView::from).collect(),
        must_change_password: caller.must_change_password,
    })?)
}
