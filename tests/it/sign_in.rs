//! Signing in, staying in, and what ends it.

use futures_util::future::join_all;
use respite::rules::terms::Role;
use serde_json::{Value, json};

use crate::app::{App, Client, PASSWORD, Told};
use crate::records;

async fn login(app: &App, username: &str, password: &str) -> Told {
    app.stranger().post("/auth/login", json!({"username": username, "password": password})).await
}

async fn refresh(app: &App, token: &Value) -> Told {
    app.stranger().post("/auth/refresh", json!({"refresh_token": token})).await
}

/// The client that a sign-in or a refresh gave.
fn client(app: &App, told: &Told) -> Client {
    app.stranger().bearing(told.body["access_token"].as_str().unwrap())
}

both! {
    /// The answer has the members of the contract, and `/auth/me` says who it is.
    async fn a_name_and_a_password_give_a_pair(db: TestDatabase) {
        let app = App::start(db).await;
        let account = app.account("li", None, &[(Role::Hr, None)]);
        let told = login(&app, "li", PASSWORD).await.expect(200);
        let mut members: Vec<_> = told.body.as_object().unwrap().keys().map(String::as_str).collect();
        members.sort_unstable();
        assert_eq!(members, ["access_token", "expires_in", "must_change_password", "refresh_token", "token_type"]);
        assert_eq!((&told.body["token_type"], &told.body["expires_in"]), (&json!("Bearer"), &json!(900)));
        assert_eq!(told.body["must_change_password"], false);
        assert_eq!(told.header("cache-control"), "no-store");
        let me = client(&app, &told).get("/auth/me").await.expect(200);
        assert_eq!(me.body["account_id"], json!(account));
        assert_eq!((&me.body["username"], &me.body["officer_id"]), (&json!("li"), &Value::Null));
        assert_eq!(me.body["grants"], json!([{"role": "hr", "unit_id": null}]));
    }

    /// Whoever guesses learns nothing: not whether the name exists, nor whether it is disabled.
    async fn a_wrong_name_and_a_wrong_password_are_answered_alike(db: TestDatabase) {
        let app = App::start(db).await;
        let admin = app.as_role("admin", Role::Admin, None).await;
        app.account("li", None, &[]);
        let gone = app.account("gone", None, &[]);
        admin.act(&format!("/accounts/{gone}/disable")).await.expect(200);
        let mut answers = Vec::new();
        let long = "x".repeat(300);
        for (name, password) in
            [("li", "wrong"), ("nobody", PASSWORD), ("gone", PASSWORD), ("li", ""), ("li", &long), ("LI", "wrong")]
        {
            let mut told = login(&app, name, password).await.expect(401);
            assert_eq!(told.code(), "bad_credentials");
            told.body["instance"] = Value::Null;
            answers.push(told.body);
        }
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    }

    /// RULINGS 4: expiry is checked against the service's clock.
    async fn a_token_ends_at_its_second(db: TestDatabase) {
        let app = App::start(db).await;
        app.account("li", None, &[]);
        let li = app.sign_in_with_password("li").await;
        app.set_clock("2026-03-02T01:14:59.999Z");
        li.get("/auth/me").await.expect(200);
        app.set_clock("2026-03-02T01:15:00Z");
        assert_eq!(li.get("/auth/me").await.says(), (401, "unauthenticated"));
    }

    /// Each refresh token works once; the lost answer may be asked for again within ten seconds.
    async fn refresh_tokens_rotate(db: TestDatabase) {
        let app = App::start(db).await;
        app.account("li", None, &[]);
        let first = login(&app, "li", PASSWORD).await.expect(200);
        app.set_clock("2026-03-02T01:30:00Z");
        let second = refresh(&app, &first.body["refresh_token"]).await.expect(200);
        assert_ne!(second.body["refresh_token"], first.body["refresh_token"]);
        assert_eq!((&second.body["token_type"], &second.body["expires_in"]), (&json!("Bearer"), &json!(900)));
        client(&app, &second).get("/auth/me").await.expect(200);
        app.set_clock("2026-03-02T01:30:10Z");
        let again = refresh(&app, &first.body["refresh_token"]).await.expect(200);
        client(&app, &again).get("/auth/me").await.expect(200);
        client(&app, &second).get("/auth/me").await.expect(200);
        let third = refresh(&app, &again.body["refresh_token"]).await.expect(200);
        client(&app, &third).get("/auth/me").await.expect(200);
    }

    /// Used again later the token was stolen: the whole family ends, access tokens included.
    async fn reuse_ends_the_family(db: TestDatabase) {
        let app = App::start(db).await;
        app.account("li", None, &[]);
        let other = login(&app, "li", PASSWORD).await.expect(200);
        let first = login(&app, "li", PASSWORD).await.expect(200);
        let second = refresh(&app, &first.body["refresh_token"]).await.expect(200);
        app.set_clock("2026-03-02T01:00:10.001Z");
        let reused = refresh(&app, &first.body["refresh_token"]).await;
        assert_eq!(reused.says(), (401, "refresh_refused"));
        for ended in [&first, &second] {
            assert_eq!(client(&app, ended).get("/auth/me").await.says(), (401, "unauthenticated"));
        }
        assert_eq!(refresh(&app, &second.body["refresh_token"]).await.says(), (401, "refresh_refused"));
        client(&app, &other).get("/auth/me").await.expect(200);
        refresh(&app, &other.body["refresh_token"]).await.expect(200);
    }

    /// Thirty days without use end a sign-in; garbage was never issued.
    async fn refresh_tokens_end(db: TestDatabase) {
        let app = App::start(db).await;
        app.account("li", None, &[]);
        let first = login(&app, "li", PASSWORD).await.expect(200);
        for garbage in ["", "x", "\u{1f600}", &"y".repeat(5000)] {
            assert_eq!(refresh(&app, &json!(garbage)).await.says(), (401, "refresh_refused"), "{garbage}");
        }
        app.set_clock("2026-04-01T01:00:00Z");
        assert_eq!(refresh(&app, &first.body["refresh_token"]).await.says(), (401, "refresh_refused"));
    }

    /// Ten at once with one token: each gets a pair that works or is refused, and nothing breaks.
    async fn one_token_refreshed_at_the_same_moment(db: TestDatabase) {
        let app = App::start(db).await;
        app.account("li", None, &[]);
        let first = login(&app, "li", PASSWORD).await.expect(200);
        let answers = join_all((0..10).map(|_| refresh(&app, &first.body["refresh_token"]))).await;
        for told in &answers {
            assert_eq!(told.status, 200, "all are within ten seconds: {}", told.body);
            client(&app, told).get("/auth/me").await.expect(200);
        }
        app.set_clock("2026-03-02T01:01:00Z");
        assert_eq!(refresh(&app, &first.body["refresh_token"]).await.status, 401);
        assert_eq!(client(&app, &answers[3]).get("/auth/me").await.status, 401);
    }

    /// Signing out ends this sign-in and no other.
    async fn logout_ends_one_sign_in(db: TestDatabase) {
        let app = App::start(db).await;
        app.account("li", None, &[]);
        let (one, other) = (login(&app, "li", PASSWORD).await, login(&app, "li", PASSWORD).await);
        client(&app, &one).act("/auth/logout").await.expect(204);
        assert_eq!(client(&app, &one).get("/auth/me").await.status, 401);
        assert_eq!(refresh(&app, &one.body["refresh_token"]).await.says(), (401, "refresh_refused"));
        client(&app, &other).get("/auth/me").await.expect(200);
    }

    /// A change of the password ends all other sign-ins and keeps this one.
    async fn a_new_password_ends_other_sign_ins(db: TestDatabase) {
        let app = App::start(db).await;
        app.account("li", None, &[]);
        let (own, other) = (login(&app, "li", PASSWORD).await, login(&app, "li", PASSWORD).await);
        let li = client(&app, &own);
        let wrong =
            li.post("/auth/password", json!({"current_password": "wrong", "new_password": "another one"})).await;
        assert_eq!(
            (wrong.code(), &wrong.body["errors"][0]["pointer"]),
            ("bad_credentials", &json!("/current_password"))
        );
        for unfit in ["seven..", PASSWORD, &"x".repeat(257)] {
            let told = li.post("/auth/password", json!({"current_password": PASSWORD, "new_password": unfit})).await;
            assert_eq!((told.status, &told.body["errors"][0]["pointer"]), (422, &json!("/new_password")), "{unfit}");
            assert!(!told.body.to_string().contains(unfit), "a refused secret is not shown");
        }
        client(&app, &other).get("/auth/me").await.expect(200);
        li.post("/auth/password", json!({"current_password": PASSWORD, "new_password": "another one"}))
            .await
            .expect(204);
        li.get("/auth/me").await.expect(200);
        refresh(&app, &own.body["refresh_token"]).await.expect(200);
        assert_eq!(client(&app, &other).get("/auth/me").await.status, 401);
        assert_eq!(refresh(&app, &other.body["refresh_token"]).await.status, 401);
        login(&app, "li", PASSWORD).await.expect(401);
        login(&app, "li", "another one").await.expect(200);
    }

    /// Disabling and a changed grant bite at the next request of a token that is otherwise good.
    async fn changes_bite_at_the_next_request(db: TestDatabase) {
        let app = App::start(db).await;
        let admin = app.as_role("admin", Role::Admin, None).await;
        let id = app.account("li", None, &[(Role::Hr, None)]);
        let signed = login(&app, "li", PASSWORD).await.expect(200);
        let li = client(&app, &signed);
        li.get("/officers").await.expect(200);
        let tag = admin.get(&format!("/accounts/{id}")).await.expect(200).header("etag").to_owned();
        let none = json!({"grants": []});
        admin.with("if-match", &tag).patch(&format!("/accounts/{id}"), none).await.expect(200);
        assert_eq!(li.get("/officers").await.says(), (403, "forbidden"));
        assert_eq!(li.get("/auth/me").await.expect(200).body["grants"], json!([]));
        admin.act(&format!("/accounts/{id}/disable")).await.expect(200);
        assert_eq!(li.get("/auth/me").await.says(), (401, "unauthenticated"));
        assert_eq!(refresh(&app, &signed.body["refresh_token"]).await.says(), (401, "refresh_refused"));
        admin.act(&format!("/accounts/{id}/enable")).await.expect(200);
        assert_eq!(li.get("/auth/me").await.status, 401, "what was ended stays ended");
        login(&app, "li", PASSWORD).await.expect(200);
    }

    /// A one-time code opens three doors until it is changed.
    async fn a_one_time_code_must_be_changed(db: TestDatabase) {
        let app = App::start(db).await;
        let admin = app.as_role("admin", Role::Admin, None).await;
        let id = app.account("li", None, &[(Role::Hr, None)]);
        let before = login(&app, "li", PASSWORD).await.expect(200);
        let reset = admin.act(&format!("/accounts/{id}/reset-password")).await.expect(200);
        let code = reset.body["one_time_code"].as_str().unwrap().to_owned();
        assert_eq!(client(&app, &before).get("/auth/me").await.status, 401, "a reset ends what is signed in");
        login(&app, "li", PASSWORD).await.expect(401);
        let told = login(&app, "li", &code).await.expect(200);
        assert_eq!(told.body["must_change_password"], true);
        let li = client(&app, &told);
        for path in ["/officers", "/units", "/leave-requests", "/policies"] {
            assert_eq!(li.get(path).await.says(), (403, "must_change_password"), "{path}");
        }
        li.get("/auth/me").await.expect(200);
        let again = refresh(&app, &told.body["refresh_token"]).await.expect(200);
        assert_eq!(again.body["must_change_password"], true, "a refresh does not get around it");
        li.post("/auth/password", json!({"current_password": code, "new_password": "my own words"})).await.expect(204);
        li.get("/officers").await.expect(200);
        assert_eq!(login(&app, "li", "my own words").await.expect(200).body["must_change_password"], false);
    }

    /// Somebody with a one-time code may also go without changing it.
    async fn a_one_time_code_lets_out(db: TestDatabase) {
        let app = App::start(db).await;
        let admin = app.as_role("admin", Role::Admin, None).await;
        let made = admin.post("/accounts", json!({"username": "new"})).await.expect(201);
        assert_eq!(made.body["must_change_password"], true);
        let told = login(&app, "new", made.body["one_time_code"].as_str().unwrap()).await.expect(200);
        client(&app, &told).act("/auth/logout").await.expect(204);
        assert_eq!(client(&app, &told).get("/auth/me").await.status, 401);
        let with = json!({"username": "given", "password": PASSWORD});
        let given = admin.post("/accounts", with).await.expect(201);
        assert_eq!((&given.body["must_change_password"], given.body.get("one_time_code")), (&json!(false), None));
    }
}

both! {
    /// Guessing is slowed down for one name from one place; others, and the owner elsewhere, are not locked out.
    async fn guessing_is_slowed_down(db: TestDatabase) {
        let app = App::start(db).await;
        for name in ["li", "wang"] {
            app.account(name, None, &[]);
        }
        for _ in 0..10 {
            assert_eq!(login(&app, "li", "a guess").await.status, 401);
        }
        let told = login(&app, "li", "a guess").await;
        assert_eq!(told.says(), (429, "too_many_requests"));
        let wait: u64 = told.header("retry-after").parse().unwrap();
        assert!((1..=301).contains(&wait), "{wait}");
        assert_eq!(login(&app, "li", PASSWORD).await.status, 429, "the right one is not tried either");
        login(&app, "wang", PASSWORD).await.expect(200);
        let body = json!({"username": "li", "password": PASSWORD});
        app.stranger().placed_at("127.0.0.2").post("/auth/login", body).await.expect(200);
        app.set_clock("2026-03-02T01:05:02Z");
        login(&app, "li", PASSWORD).await.expect(200);
    }

    /// The same slowness guards the current password of `/auth/password`.
    async fn guessing_the_current_password_is_slowed_down(db: TestDatabase) {
        let app = App::start(db).await;
        app.account("li", None, &[]);
        let li = app.sign_in_with_password("li").await;
        let guess = json!({"current_password": "a guess", "new_password": "another one"});
        for _ in 0..10 {
            assert_eq!(li.post("/auth/password", guess.clone()).await.code(), "bad_credentials");
        }
        assert_eq!(li.post("/auth/password", guess).await.status, 429);
    }

    /// RULINGS 61: two hashes at once, further sign-ins queue.
    async fn forty_sign_ins_at_once(db: TestDatabase) {
        let app = App::start(db).await;
        for number in 0..40 {
            app.account(&format!("officer-{number}"), None, &[]);
        }
        let names: Vec<_> = (0..40).map(|number| format!("officer-{number}")).collect();
        let answers = join_all(names.iter().map(|name| login(&app, name, PASSWORD))).await;
        for told in answers {
            assert_eq!(told.status, 200, "{}", told.body);
        }
    }

    /// Neither passwords nor codes nor tokens are anywhere in the database, least of all in what is kept for a retry.
    async fn secrets_are_not_stored(db: TestDatabase) {
        let app = App::start(db).await;
        let admin = app.as_role("admin", Role::Admin, None).await;
        let keyed = admin.with("idempotency-key", "k-1");
        let made = keyed.post("/accounts", json!({"username": "new"})).await.expect(201);
        let code = made.body["one_time_code"].as_str().unwrap().to_owned();
        assert!(code.len() >= 16, "{code}");
        let again = keyed.post("/accounts", json!({"username": "new"})).await.expect(201);
        assert_eq!(again.header("idempotency-replayed"), "true");
        assert_eq!((again.id(), again.body.get("one_time_code")), (made.id(), None));
        let reset = admin
            .with("idempotency-key", "k-2")
            .act(&format!("/accounts/{}/reset-password", made.id()))
            .await
            .expect(200);
        let second = reset.body["one_time_code"].as_str().unwrap().to_owned();
        assert_ne!(code, second);
        let signed = login(&app, "new", &second).await.expect(200);
        let kept = records::texts(&app.db, "SELECT body AS t FROM idempotency_keys");
        assert_eq!(kept.len(), 2);
        let audited = records::texts(&app.db, "SELECT COALESCE(before, '') || COALESCE(after, '') AS t FROM audit_log");
        let hashes = records::texts(&app.db, "SELECT password_hash AS t FROM accounts");
        assert!(hashes.iter().all(|hash| hash.starts_with("$argon2id$")));
        for text in kept.iter().chain(&audited).chain(&hashes) {
            for secret in [code.as_str(), second.as_str(), PASSWORD, signed.body["refresh_token"].as_str().unwrap()] {
                assert!(!text.contains(secret), "{text}");
            }
        }
    }
}
