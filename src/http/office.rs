//! Where the door meets the desk: who asks, retries, and the one transaction of an act.

use std::future::{Ready as ReadyFuture, ready};
use std::sync::{Arc, Mutex, PoisonError};

use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::{FromRequest, HttpRequest, web};
use sha2::{Digest, Sha256};

use super::answer::Answer;
use super::desk::{Desk, Expected, Tags};
use super::door::{Admission, Door, Gate};
use super::endpoint::{Delegable, Endpoint, Linked, Weight};
use super::place::place;
use super::problem::Problem;
use crate::app::bearers::{Bearer, OwnFacts};
use crate::app::ctx::{Caller, CallerKind, Ctx, Statutes};
use crate::app::delegations;
use crate::app::error::{Code, Error};
use crate::app::house::House;
use crate::app::law::Law;
use crate::app::retry::{self, Kept, Key, Outcome};
use crate::app::{Conn, Snapshot, Tx};
use crate::config::Config;
use crate::rules::terms::Role;

/// A request at its desk.
#[derive(Clone)]
pub struct Office {
    /// The request.
    pub desk: Desk,
    /// Everything the desk works with.
    pub house: Arc<House>,
}

/// How an act holds the law it decides under.
type Lock = fn(&Law, &mut Tx) -> Result<Arc<Statutes>, Error>;

/// An answer, and what of it is kept for a retry where that must not be all of it.
pub struct Done {
    answer: Answer,
    kept_body: Option<Vec<u8>>,
}

impl From<Answer> for Done {
    fn from(answer: Answer) -> Self {
        Self { answer, kept_body: None }
    }
}

impl Done {
    /// An answer that holds a secret: what is kept for a retry is another body, without it.
    #[must_use]
    pub fn with_secret(answer: Answer, without: &Answer) -> Self {
        Self { answer, kept_body: Some(without.body.clone()) }
    }
}

impl FromRequest for Office {
    type Error = Problem;
    type Future = ReadyFuture<Result<Self, Problem>>;
    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let desk = Desk::from_request(request, payload).into_inner();
        let house = request.app_data::<web::Data<House>>().cloned();
        ready(desk.and_then(|desk| {
            let house = house.ok_or_else(|| Problem::from(Error::Internal("the door is not furnished".to_owned())))?;
            Ok(Self { desk, house: house.into_inner() })
        }))
    }
}

impl Office {
    /// The context of the act.
    ///
    /// # Errors
    /// [`Code::Unauthenticated`] on a public endpoint.
    pub fn ctx(&self) -> Result<Ctx, Error> {
        Ok(self.house.ctx((*self.caller()?).clone(), self.desk.request_id()))
    }

    /// Who asks.
    ///
    /// # Errors
    /// [`Code::Unauthenticated`] on a public endpoint.
    pub fn caller(&self) -> Result<Arc<Caller>, Error> {
        Ok(Arc::clone(&self.desk.caller::<Admitted>()?.caller))
    }

    /// Where the request comes from, for throttling.
    #[must_use]
    pub fn place(&self) -> String {
        self.desk.client().map(place).unwrap_or_default()
    }

    /// Reads on one snapshot; that which the gate looked at where it was kept.
    ///
    /// # Errors
    /// What the act refuses.
    pub async fn read<T, F>(&self, act: F) -> Result<T, Problem>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn, &Ctx) -> Result<T, Error> + Send + 'static,
    {
        let (mut ctx, house) = (self.ctx()?, Arc::clone(&self.house));
        let kept = self.desk.caller::<Admitted>()?.take();
        if let Some((mut snapshot, own_facts)) = kept {
            ctx.own_facts = own_facts;
            return snapshot.read(|connection| act(connection, &ctx)).map_err(Problem::from);
        }
        let mut act = move |connection: &mut Conn| act(connection, &ctx);
        if self.desk.endpoint().weight == Weight::Light {
            act = match house.database.read_at_once(act) {
                Ok(done) => return done.map_err(Problem::from),
                Err(act) => act,
            };
        }
        self.desk.run(move || house.database.read(act)).await
    }

    /// Does an act in one transaction.
    ///
    /// # Errors
    /// What the act refuses.
    pub async fn write<T, F>(&self, mut act: F) -> Result<T, Problem>
    where
        T: Send + 'static,
        F: FnMut(&mut Tx, &Ctx) -> Result<T, Error> + Send + 'static,
    {
        let (ctx, house) = (self.ctx()?, Arc::clone(&self.house));
        self.act(move |tx| {
            let ctx = Ctx { statutes: house.law.hold(tx)?, ..ctx.clone() };
            act(tx, &ctx)
        })
        .await
    }

    /// Runs an act on one person's records together with those of others, any other alone.
    async fn act<T, F>(&self, mut act: F) -> Result<T, Problem>
    where
        T: Send + 'static,
        F: FnMut(&mut Tx) -> Result<T, Error> + Send + 'static,
    {
        let house = Arc::clone(&self.house);
        if self.desk.endpoint().weight == Weight::Light {
            act = match house.database.write_together(act) {
                Ok(done) => return done.await.map_err(Problem::from),
                Err(act) => act,
            };
        }
        self.desk.run(move || house.database.write(act)).await
    }

    /// Does a `POST` in one transaction. With an `Idempotency-Key` the answer is kept in the same transaction; the same
    /// key again gives it again, once `gate` has found that the caller may still see it.
    ///
    /// # Errors
    /// What the act refuses; [`Code::IdempotencyMismatch`] for the same key with another body.
    pub async fn post<A, G, F>(&self, hash: [u8; 32], gate: G, act: F) -> Result<Answer, Problem>
    where
        A: Into<Done>,
        G: Fn(&mut Conn, &Ctx) -> Result<(), Error> + Send + 'static,
        F: FnMut(&mut Tx, &Ctx) -> Result<A, Error> + Send + 'static,
    {
        self.post_under(Law::hold, hash, gate, act).await
    }

    /// As [`Office::post`], for an act that publishes law: every act that decides has ended before it begins.
    ///
    /// # Errors
    /// As [`Office::post`].
    pub async fn publish<A, G, F>(&self, hash: [u8; 32], gate: G, act: F) -> Result<Answer, Problem>
    where
        A: Into<Done>,
        G: Fn(&mut Conn, &Ctx) -> Result<(), Error> + Send + 'static,
        F: FnMut(&mut Tx, &Ctx) -> Result<A, Error> + Send + 'static,
    {
        self.post_under(Law::take, hash, gate, act).await
    }

    /// Does an act that publishes law and is no `POST`, in one transaction.
    ///
    /// # Errors
    /// What the act refuses.
    pub async fn put_law<T, F>(&self, mut act: F) -> Result<T, Problem>
    where
        T: Send + 'static,
        F: FnMut(&mut Tx, &Ctx) -> Result<T, Error> + Send + 'static,
    {
        let (ctx, house) = (self.ctx()?, Arc::clone(&self.house));
        self.desk
            .run(move || {
                house.database.write(|tx| {
                    let ctx = Ctx { statutes: house.law.take(tx)?, ..ctx.clone() };
                    act(tx, &ctx)
                })
            })
            .await
    }

    /// The order of RULINGS 62: first the key of the retry, then the law, then what the act itself locks.
    async fn post_under<A, G, F>(&self, lock: Lock, hash: [u8; 32], gate: G, mut act: F) -> Result<Answer, Problem>
    where
        A: Into<Done>,
        G: Fn(&mut Conn, &Ctx) -> Result<(), Error> + Send + 'static,
        F: FnMut(&mut Tx, &Ctx) -> Result<A, Error> + Send + 'static,
    {
        let key = self.key(hash)?;
        let (ctx, house) = (self.ctx()?, Arc::clone(&self.house));
        let act = move |tx: &mut Tx| {
            let mut bound = |tx: &mut Tx, ctx: &Ctx| {
                let ctx = Ctx { statutes: lock(&house.law, tx)?, ..ctx.clone() };
                Ok::<Done, Error>(act(tx, &ctx)?.into())
            };
            let Some(key) = &key else { return Ok(bound(tx, &ctx)?.answer) };
            match retry::once(tx, &ctx, key, &gate, bound, kept)? {
                Outcome::Done(done) => Ok(done.answer),
                Outcome::Again(kept) => Ok(replayed(kept)),
            }
        };
        self.act(act).await
    }

    fn key(&self, body_hash: [u8; 32]) -> Result<Option<Key>, Error> {
        let Some(key) = self.desk.idempotency_key() else { return Ok(None) };
        let account_id = self.caller()?.account_id.ok_or(Code::Unauthenticated)?;
        Ok(Some(Key { account_id, method: "POST", path: self.desk.path().to_owned(), key: key.to_owned(), body_hash }))
    }

    /// The check of the version that the caller expects. Of a tag made by [`tag`] only the version counts: what a date
    /// has changed meanwhile is no edit that could be overwritten.
    ///
    /// # Errors
    /// [`Code::PreconditionRequired`] without `If-Match`.
    pub fn expected(&self) -> Result<impl Fn(i32) -> Result<(), Error> + Clone + Send + use<>, Error> {
        let expected = versions_of(self.desk.expected()?);
        Ok(move |version: i32| expected.check(Some(&version.to_string())))
    }
}

/// Of tags made by [`tag`] only their versions.
fn versions_of(expected: Expected) -> Expected {
    match expected {
        Expected::Version(Tags::These(tags)) => {
            let versions = tags.iter().map(|tag| tag.split('-').next().unwrap_or_default().to_owned()).collect();
            Expected::Version(Tags::These(versions))
        }
        other => other,
    }
}

/// The entity tag of a view: the version of the record, and a print of what the date makes of it, so that a cached
/// answer ends when a dated change begins.
#[must_use]
pub fn tag(version: i32, derived: &[&dyn std::fmt::Debug]) -> String {
    let digest = Sha256::digest(format!("{derived:?}"));
    let print: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("{version}-{print}")
}

fn kept(done: &Done) -> Result<Kept, Error> {
    let body = done.kept_body.as_ref().unwrap_or(&done.answer.body).clone();
    Ok(Kept {
        status: done.answer.status.into(),
        body: String::from_utf8(body).map_err(|_| Error::Internal("an answer that is not text".to_owned()))?,
        location: done.answer.location.clone(),
        etag: done.answer.etag.clone(),
    })
}

fn replayed(kept: Kept) -> Answer {
    let nothing = Answer::nothing();
    Answer {
        status: u16::try_from(kept.status).unwrap_or(nothing.status),
        content_type: if kept.body.is_empty() { String::new() } else { "application/json".to_owned() },
        location: kept.location,
        etag: kept.etag,
        body: kept.body.into_bytes(),
        ..nothing
    }
    .replayed()
}

/// Paths that somebody with a one-time code may use before the code is changed.
const BEFORE_CHANGE: &[&str] = &["/auth/password", "/auth/logout", "/auth/me"];
/// What concerns a sign-in is nothing for a key, which never signs in.
const INTERACTIVE: &[&str] = &["/auth/password", "/auth/logout"];

struct TokenGate {
    house: Arc<House>,
}

/// The snapshot in which somebody was looked up, and what is remembered of them that counts for it.
type LookedUp = (Snapshot, Option<Arc<OwnFacts>>);

/// Who passed the gate, and where they were looked up if the endpoint reads on there.
struct Admitted {
    caller: Arc<Caller>,
    looked_up: Mutex<Option<LookedUp>>,
}

impl Admitted {
    fn admission(caller: Arc<Caller>, looked_up: Option<LookedUp>) -> Admission {
        Arc::new(Self { caller, looked_up: Mutex::new(looked_up) })
    }

    fn take(&self) -> Option<LookedUp> {
        self.looked_up.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl TokenGate {
    /// Who bears the token, if they pass.
    fn bearer(&self, connection: &mut Conn, token: &str, endpoint: &Endpoint) -> Result<Bearer, Error> {
        let moment = self.house.clock.moment();
        let revisions = self.house.law.looked_up(connection)?;
        let bearer = self.house.sign_in.bearer(connection, revisions, &moment, token)?;
        let caller = &bearer.caller;
        if caller.must_change_password && !BEFORE_CHANGE.contains(&endpoint.path) {
            return Err(Code::MustChangePassword.into());
        }
        if caller.kind == CallerKind::ApiKey && INTERACTIVE.contains(&endpoint.path) {
            return Err(Code::Forbidden.into());
        }
        let roles: Vec<Role> = caller.grants.iter().map(|grant| grant.role).collect();
        let linked = if caller.officer_id.is_some() { Linked::Officer } else { Linked::Nobody };
        let passes = endpoint.access.admits(&roles, linked)
            || (endpoint.delegable == Delegable::Yes
                && delegations::stands_in(connection, caller.account_id, moment.today())?);
        if passes { Ok(bearer) } else { Err(Code::Forbidden.into()) }
    }
}

impl Gate for TokenGate {
    fn admit(&self, token: Option<String>, endpoint: &'static Endpoint) -> Result<Admission, Error> {
        let token = token.ok_or(Code::Unauthenticated)?;
        let bearer = self.house.database.read(|connection| self.bearer(connection, &token, endpoint))?;
        Ok(Admitted::admission(bearer.caller, None))
    }

    fn admit_at_once(
        &self,
        token: Option<String>,
        endpoint: &'static Endpoint,
    ) -> Result<Result<Admission, Error>, Option<String>> {
        let Some(text) = &token else { return Ok(Err(Code::Unauthenticated.into())) };
        let Some(begun) = self.house.database.snapshot_at_once() else { return Err(token) };
        Ok(begun.map_err(Error::from).and_then(|mut snapshot| {
            let Bearer { caller, own_facts } = snapshot.read(|connection| self.bearer(connection, text, endpoint))?;
            // Nothing is waited for between the gate and such a reading, so the connection is held no longer than for it.
            let reads_on = endpoint.weight == Weight::Light && endpoint.method == Method::GET;
            Ok(Admitted::admission(caller, reads_on.then_some((snapshot, own_facts))))
        }))
    }
}

/// The door of a house: its table, who passes, whether it is ready.
#[must_use]
pub fn door(house: Arc<House>, config: &Config) -> Door {
    let gate = Arc::new(TokenGate { house: Arc::clone(&house) });
    let clock = house.clock.clone();
    let asked = Arc::clone(&house);
    Door::new(super::endpoints::table(), gate, clock)
        .configured(config)
        .ready(Arc::new(move || asked.is_ready()))
        .furnish(Arc::new(move |cfg| {
            cfg.app_data(web::Data::from(Arc::clone(&house)));
        }))
}
