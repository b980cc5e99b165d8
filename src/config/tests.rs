use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::*;

fn read(file: &str, environment: &[(&str, &str)], flags: &[(&str, &str)]) -> Result<Config, String> {
    let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), Ok((*value).to_owned())));
    let flags: Vec<_> = flags.iter().map(|(key, text)| (*key, (*text).to_owned())).collect();
    Config::read(Some(("respite.toml", file)), environment, &flags).map_err(|error| error.to_string())
}

#[test]
fn every_default_can_be_read_and_the_sample_says_the_same() {
    let mut config = Config::default();
    for key in KEYS {
        (key.set)(&mut config, key.default).unwrap_or_else(|fault| panic!("{} {fault}", key.name));
    }
    assert_eq!(read(&Config::sample(), &[], &[]), Ok(Config::default()));
    assert_eq!(Config::sample().matches("\n\n# ").count(), KEYS.len());
    assert_eq!((config.access_token_seconds, config.shutdown.as_secs()), (900, 10));
}

#[test]
fn flags_go_before_the_environment_and_that_before_the_file() {
    let file = "language = \"en\"\nworkers = 3\npool_size = 4";
    let config = read(file, &[("RESPITE_WORKERS", "5"), ("RESPITE_POOL_SIZE", "6")], &[("pool_size", "7")]).unwrap();
    assert_eq!((config.language, config.workers, config.pool_size), (Language::En, 5, 7));
}

#[test]
fn a_wrong_key_or_value_is_named_with_its_place() {
    type Pairs = &'static [(&'static str, &'static str)];
    let cases: [(&str, Pairs, Pairs, &str); 9] = [
        ("colour = 1", &[], &[], "respite.toml: colour: is not a setting that is known"),
        ("[server]\nlisten = \"x\"", &[], &[], "respite.toml: server: is not a setting that is known"),
        ("workers = 0", &[], &[], "respite.toml: workers: is a whole number from 1 to 256"),
        ("workers = [1]", &[], &[], "respite.toml: workers: is a text or a whole number"),
        ("workers = \n", &[], &[], "respite.toml: line 1: "),
        ("", &[("RESPITE_COLOUR", "red")], &[], "RESPITE_COLOUR: is not a setting that is known"),
        ("", &[("RESPITE_TIME_ZONE", "Mars")], &[], "RESPITE_TIME_ZONE: is the IANA name of a time zone"),
        ("", &[("RESPITE_DATABASE_URL", "mysql://x")], &[], "RESPITE_DATABASE_URL: begins with sqlite: or postgres://"),
        ("", &[], &[("log_format", "xml")], "--log-format: is text or json"),
    ];
    for (file, environment, flags, expected) in cases {
        let fault = read(file, environment, flags).unwrap_err();
        assert!(fault.starts_with(expected), "{fault}");
    }
}

#[test]
fn keys_are_read_and_never_printed() {
    let one = STANDARD.encode([1; 32]);
    let two = STANDARD.encode([2; 32]);
    let config = read("", &[("RESPITE_TOKEN_KEYS", &format!("a:{one},b:{two}"))], &[]).unwrap();
    assert_eq!(config.token_keys.iter().map(|key| key.id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(config.token_keys[1].key.0, [2; 32]);
    assert!(!format!("{config:?}").contains(&one));
    for refused in ["x", "a:AAAA", &format!("a:{one},a:{two}"), &format!(":{one}")] {
        let fault = read("", &[("RESPITE_TOKEN_KEYS", refused)], &[]).unwrap_err();
        assert!(fault.starts_with("RESPITE_TOKEN_KEYS: is KID:BASE64"), "{fault}");
        assert!(!fault.contains(&one));
    }
}
