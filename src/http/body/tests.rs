use super::*;
use chrono::NaiveDate;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the fields are there to be read")]
struct Person {
    name: String,
    born_on: NaiveDate,
    sex: Option<crate::rules::terms::Sex>,
    #[serde(default)]
    periods: Vec<Period>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the fields are there to be read")]
struct Period {
    from: NaiveDate,
    years: i32,
}

/// serde names the first member that is missing; the others are named too, and none that stands there.
#[test]
fn everything_that_is_missing_is_named() {
    let missing = |text: &str| {
        let all = refused(text).into_iter().filter(|(_, code)| *code == Code::MissingField);
        all.map(|(pointer, _)| pointer).collect::<Vec<_>>()
    };
    assert_eq!(missing("{}"), ["/name", "/born_on"]);
    assert_eq!(missing(r#"{"born_on":7}"#), ["/name"]);
    assert_eq!(missing(r#"{"name":"a","periods":[{"from":"2000-01-01"},{}]}"#).len(), 4);
    assert_eq!(
        refused(r#"{"name":"a","periods":[{"years":"x"}]}"#),
        [
            ("/periods/0/years".to_owned(), Code::WrongType),
            ("/periods/0/from".to_owned(), Code::MissingField),
            ("/born_on".to_owned(), Code::MissingField),
        ]
    );
}

fn refused(text: &str) -> Vec<(String, Code)> {
    match parse::<Person>(text.as_bytes()) {
        Err(Error::Fields(fields)) => fields.into_iter().map(|field| (field.pointer, field.code)).collect(),
        Err(Error::Code(code)) => vec![(String::new(), code)],
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn every_fault_is_located() {
    let cases = [
        (r#"{"name":"a"}"#, "/born_on", Code::MissingField),
        (r#"{"name":1,"born_on":"2000-01-01"}"#, "/name", Code::WrongType),
        (r#"{"name":"a","born_on":"2000-02-30"}"#, "/born_on", Code::InvalidValue),
        (r#"{"name":"a","born_on":"2000-01-01","sex":"x"}"#, "/sex", Code::InvalidValue),
        (r#"{"name":"a","name":"b","born_on":"2000-01-01"}"#, "/name", Code::DuplicateField),
        (
            r#"{"name":"a","born_on":"2000-01-01","periods":[{"from":"2000-01-01"}]}"#,
            "/periods/0/years",
            Code::MissingField,
        ),
        (
            r#"{"name":"a","born_on":"2000-01-01","periods":[{"from":"2000-01-01","years":3000000000}]}"#,
            "/periods/0/years",
            Code::InvalidValue,
        ),
        (
            r#"{"name":"a","born_on":"2000-01-01","periods":[{"from":"x","years":1}]}"#,
            "/periods/0/from",
            Code::InvalidValue,
        ),
        (r#"{"name":"a\u0000","born_on":"2000-01-01"}"#, "/name", Code::InvalidValue),
        (r#"{"name":"a","born_on":"2000-01-01","periods":[["2000-01-01",1]]}"#, "/periods/0", Code::WrongType),
        (r#"{"name":"a","born_on":"2000-01-01","sex":{"male":null}}"#, "/sex", Code::WrongType),
        ("[]", "", Code::WrongType),
        ("\"x\"", "", Code::WrongType),
        ("null", "", Code::WrongType),
    ];
    for (text, pointer, code) in cases {
        assert_eq!(refused(text), [(pointer.to_owned(), code)], "{text}");
    }
}

#[test]
fn several_faults_of_all_kinds_are_named_at_once() {
    let text = r#"{"name":1,"born_on":"x","sex":"y","colour":2,"periods":[{"from":"x","years":"y"}]}"#;
    let expected = [
        ("/name", Code::WrongType),
        ("/born_on", Code::InvalidValue),
        ("/sex", Code::InvalidValue),
        ("/colour", Code::UnknownField),
        ("/periods/0/from", Code::InvalidValue),
        ("/periods/0/years", Code::WrongType),
    ];
    assert_eq!(refused(text), expected.map(|(pointer, code)| (pointer.to_owned(), code)));
    let missing = [("/sex", Code::InvalidValue), ("/name", Code::MissingField)];
    let text = r#"{"sex":"y","born_on":"2000-01-01"}"#;
    assert_eq!(refused(text), missing.map(|(pointer, code)| (pointer.to_owned(), code)));
}

#[test]
fn several_unknown_fields_are_named_at_once() {
    let text =
        r#"{"name":"a","x~/y":1,"born_on":"2000-01-01","b`c":2,"periods":[{"from":"2000-01-01","years":1,"z":0}]}"#;
    let expected = ["/x~0~1y", "/b`c", "/periods/0/z"].map(|pointer| (pointer.to_owned(), Code::UnknownField));
    assert_eq!(refused(text), expected);
    let and_missing = refused(r#"{"name":"a","x":1}"#);
    assert_eq!(and_missing, [("/x".to_owned(), Code::UnknownField), ("/born_on".to_owned(), Code::MissingField)]);
}

#[test]
fn what_is_no_json_is_unreadable() {
    let deep = format!("{{\"name\":{}1{}}}", "[".repeat(5000), "]".repeat(5000));
    let long = r#"{"name":"a","born_on":"2000-01-01"} x"#;
    for text in ["", "{", "{\"name\":1,}", "{'name':1}", long, &deep, "{\"x\":1,", "\u{feff}{}"] {
        assert_eq!(refused(text), [(String::new(), Code::UnreadableBody)], "{text:.40}");
    }
    assert!(matches!(parse::<Person>(b"{\"name\":\"\xff\"}"), Err(Error::Code(Code::UnreadableBody))));
}

#[test]
fn a_refusal_says_what_was_expected_and_never_what_was_read() {
    let Err(Error::Fields(fields)) = parse::<Person>(br#"{"name":"a","born_on":"2000-01-01","sex":"secret"}"#) else {
        panic!("it was read");
    };
    assert_eq!(fields[0].expected.as_deref(), Some("male or female"));
    assert!(!format!("{fields:?}").contains("secret"));
}

#[test]
fn a_patch_tells_absent_from_null() {
    #[derive(Deserialize, JsonSchema)]
    struct Edit {
        #[serde(default)]
        name: Patch<String>,
    }
    let read = |text: &str| parse::<Edit>(text.as_bytes()).unwrap().name;
    assert_eq!(read("{}"), Patch::Absent);
    assert_eq!(read(r#"{"name":null}"#), Patch::Null);
    assert_eq!(read(r#"{"name":"a"}"#), Patch::Value("a".to_owned()));
    assert_eq!(read("{}").apply(Some("b".to_owned())), Some("b".to_owned()));
    assert_eq!(read(r#"{"name":null}"#).apply(Some("b".to_owned())), None);
    assert!(read(r#"{"name":null}"#).require("b".to_owned(), "/name").is_err());
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the fields are there to be read")]
struct Bounded {
    #[schemars(range(min = 0, max = 10))]
    present: i32,
    #[serde(default)]
    skills: Vec<BoundedSkill>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "the fields are there to be read")]
struct BoundedSkill {
    #[schemars(range(min = 0, max = 10))]
    minimum: i32,
}

/// What cannot be read does not hide what is read and lies outside its bounds; alone that is for the act to say.
#[test]
fn a_fault_of_the_shape_hides_none_of_a_value() {
    let refused = |text: &str| match parse::<Bounded>(text.as_bytes()) {
        Err(Error::Fields(fields)) => fields.into_iter().map(|field| (field.pointer, field.code)).collect::<Vec<_>>(),
        other => panic!("{text}: {other:?}"),
    };
    let line = |pointer: &str, code| (pointer.to_owned(), code);
    let outside = line("/present", Code::InvalidValue);
    assert_eq!(refused(r#"{"present":11,"other":1}"#), [line("/other", Code::UnknownField), outside.clone()]);
    assert_eq!(
        refused(r#"{"present":-1,"skills":[{"minimum":"x"},{"minimum":11},{}]}"#),
        [
            line("/skills/0/minimum", Code::WrongType),
            outside,
            line("/skills/1/minimum", Code::InvalidValue),
            line("/skills/2/minimum", Code::MissingField),
        ],
    );
    assert!(parse::<Bounded>(br#"{"present":11}"#).is_ok());
}
