//! Connection strings in, settings or errors out; and that no password ever comes out.

use std::collections::BTreeMap;
use std::error::Error;

use super::*;
use crate::plan::{Target, TargetUrl};
use crate::resolve::{Inputs, resolve};

fn read(text: &str) -> ConnectionSettings {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn lookup<'a>(variables: &[(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + use<'a> {
    let variables: BTreeMap<&str, &str> = variables.iter().copied().collect();
    move |name| variables.get(name).map(|value| (*value).to_owned())
}

#[test]
fn reads_urls_and_keyword_strings() {
    // (string, endpoint, user, password, TLS)
    for (text, endpoint, user, password, ssl) in [
        ("postgres://me:pw@db.example.com/app", "db.example.com:5432/app", Some("me"), Some("pw"), "require"),
        ("postgresql://me@db.example.com:6432", "db.example.com:6432/me", Some("me"), None, "require"),
        ("POSTGRESQL://db.example.com/app", "db.example.com:5432/app", None, None, "require"),
        ("postgresql://", "/var/run/postgresql:5432,/tmp:5432", None, None, "disable"),
        ("postgresql:///app?port=5433", "/var/run/postgresql:5433,/tmp:5433/app", None, None, "disable"),
        ("postgresql://u%40x:p%2Fw%25%C3%A9@h/a%20b", "h:5432/a b", Some("u@x"), Some("p/w%é"), "require"),
        ("postgresql://u:p@ss:w?rd@h/app", "h:5432/app", Some("u"), Some("p@ss:w?rd"), "require"),
        ("postgresql://u:@h/app", "h:5432/app", Some("u"), None, "require"),
        ("postgresql://%2Frun%2Fpg:5433/app", "/run/pg:5433/app", None, None, "disable"),
        ("postgresql:///app?host=/run/pg", "/run/pg:5432/app", None, None, "disable"),
        ("postgresql://localhost/app", "localhost:5432/app", None, None, "disable"),
        ("postgresql://127.0.0.2/app", "127.0.0.2:5432/app", None, None, "disable"),
        ("postgresql://[::1]:5433/app", "[::1]:5433/app", None, None, "disable"),
        ("postgresql://[2001:db8::1]/app", "[2001:db8::1]:5432/app", None, None, "require"),
        ("postgresql://a:1,b,[::1]:3/app", "a:1,b:5432,[::1]:3/app", None, None, "require"),
        ("postgresql://a,b/app?port=7", "a:7,b:7/app", None, None, "require"),
        ("postgresql://h/app?sslmode=disable", "h:5432/app", None, None, "disable"),
        ("postgresql://localhost/app?sslmode=require", "localhost:5432/app", None, None, "require"),
        ("postgresql://h/app?sslmode=allow", "h:5432/app", None, None, "prefer"),
        ("postgresql://h/app?sslrootcert=ca.pem", "h:5432/app", None, None, "verify-full"),
        ("postgresql://localhost/app?sslrootcert=ca.pem", "localhost:5432/app", None, None, "verify-full"),
        ("postgresql://h/app?sslrootcert=system", "h:5432/app", None, None, "verify-full"),
        ("postgresql://h/app?sslmode=require&sslrootcert=ca.pem", "h:5432/app", None, None, "verify-ca"),
        ("postgresql://h/app?sslmode=no-verify&sslrootcert=ca.pem", "h:5432/app", None, None, "require"),
        ("postgresql://h/app?ssl=true", "h:5432/app", None, None, "require"),
        ("postgresql+asyncpg://me@h/app", "h:5432/app", Some("me"), None, "require"),
        ("postgresql:///?host=h&user=a@b&password=c@d&dbname=e", "h:5432/e", Some("a@b"), Some("c@d"), "require"),
        (" postgresql://h/app\n", "h:5432/app", None, None, "require"),
        (
            "host=h port=5433 user = me password='it\\'s \\\\ x' dbname=app",
            "h:5433/app",
            Some("me"),
            Some("it's \\ x"),
            "require",
        ),
        ("host='' dbname=app", "/var/run/postgresql:5432,/tmp:5432/app", None, None, "disable"),
        ("host=a,b port=1,2 user=me", "a:1,b:2/me", Some("me"), None, "require"),
    ] {
        let settings = read(text);
        assert_eq!(settings.endpoint(), endpoint, "{text}");
        assert_eq!(settings.user.as_deref(), user, "{text}");
        assert_eq!(settings.password.as_ref().map(Secret::expose), password, "{text}");
        assert_eq!(settings.ssl_mode.name(), ssl, "{text}");
        // What is shown can be read again, and leads to the same place with the same TLS.
        let again = read(&settings.display_url());
        assert_eq!((&again.hosts, again.ssl_mode), (&settings.hosts, settings.ssl_mode), "{}", settings.display_url());
        assert_eq!(again.password.is_some(), password.is_some());
    }
}

#[test]
fn reads_the_other_parameters() {
    let settings = read(
        "postgresql://h/app?options=-c%20search_path%3Da&application_name=x&connect_timeout=7&channel_binding=require\
         &target_session_attrs=read-write",
    );
    assert_eq!(settings.options.as_deref(), Some("-c search_path=a"));
    assert_eq!(settings.application_name.as_deref(), Some("x"));
    assert_eq!(settings.connect_timeout, Some(Duration::from_secs(7)));
    assert_eq!(settings.channel_binding, ChannelBinding::Require);
    assert!(settings.needs_primary);
    assert!(!read("postgresql://h/app").needs_primary);
    assert!(read("postgresql://a,b/app").needs_primary);
    assert!(!read("postgresql://a,b/app?target_session_attrs=any").needs_primary);
    assert!(!read("postgresql:///app").needs_primary);
    assert_eq!(read("postgresql://h/app?connect_timeout=0").connect_timeout, None);
}

#[test]
fn says_what_is_wrong() {
    for (text, words) in [
        ("", "neither a postgresql:// URL nor a list"),
        ("DATABASE_URL", "neither a postgresql:// URL nor a list"),
        ("ftp://h/app", "neither a postgresql:// URL nor a list"),
        ("mysql://h/app", "for mysql, not for PostgreSQL"),
        ("jdbc:postgresql://h/app", "leave jdbc: out"),
        ("prisma://accelerate/?api_key=x", "direct connection string"),
        ("postgresql://h/app?sslmod=require", "\"sslmod\" is not known (did you mean \"sslmode\"?)"),
        ("postgresql://h/app?frobnicate=1", "\"frobnicate\" is not known"),
        ("postgresql://h/app?sslmode=on", "sslmode is not usable: it must be disable, prefer"),
        ("postgresql://h/app?service=x", "service is not supported"),
        ("postgresql://h/app?sslcert=x", "sslcert is not supported: client certificates"),
        ("postgresql://h/app?connect_timeout=soon", "whole number of seconds"),
        ("postgresql://h/app?channel_binding=maybe", "disable, prefer or require"),
        ("postgresql://h/app?target_session_attrs=standby", "only a primary can be changed"),
        ("postgresql://h/app?sslmode", "without a value"),
        ("postgresql://h:port/app", "port is not a number"),
        ("postgresql://h:0/app", "port is not a number"),
        ("postgresql://h:70000/app", "port is not a number"),
        ("postgresql://[::1/app", "not an IPv6 address"),
        ("postgresql://[host]/app", "not an IPv6 address"),
        ("postgresql://u:p%zz@h/app", "two hexadecimal digits"),
        ("postgresql://u:p%@h/app", "two hexadecimal digits"),
        ("postgresql://u:%ff@h/app", "the password is not valid UTF-8"),
        ("postgresql://u:a%00b@h/app", "password holds a zero byte"),
        ("postgresql://u:p/w@h/app", "'@' after the first '/'"),
        ("postgresql://h:1/app?user=a@b", "'@' after the first '/'"),
        ("postgresql://a,b,c/app?port=1,2", "2 ports are given for 3 hosts"),
        ("hots=h dbname=app", "\"hots\" is not known (did you mean \"host\"?)"),
        ("host=h frobnicate=1", "\"frobnicate\" is not known"),
        ("host=h dbname", "without a value"),
        ("host='h", "single quote is not closed"),
        ("c2VjcmV0=", "without a value, or one that is not known"),
        ("secretly=", "without a value, or one that is not known"),
        ("host=h password=my secretly=x", "without a value, or one that is not known"),
    ] {
        let error = text.parse::<ConnectionSettings>().expect_err(text).to_string();
        assert!(error.contains(words), "{text}: {error}");
    }
}

/// Passwords made of recognisable pieces and every character that means something in a URL, written without
/// encoding. Whatever becomes of them, no piece may be seen.
#[test]
fn no_piece_of_a_password_is_ever_shown() {
    let specials =
        ["/", "?", "@", ":", "#", "&", "=", "%", "[", "]", ",", " ", "'", "\\", "+", ";", "//", "%4", "?user=", "/?x="];
    let heads = ["QZONE", "77", ""];
    let mut tried = 0;
    for head in heads {
        for a in specials {
            for b in specials {
                let password = format!("{head}{a}QZTWO{b}QZTHREE");
                for text in [
                    format!("postgresql://me:{password}@db.example.com:5432/app"),
                    format!("postgresql://me:{password}@db.example.com/app?sslmode=require"),
                    format!("postgresql://me:{password}@db.example.com/app?nonsense=1"),
                    format!("postgresql://me:{password}@[::1]:x/app"),
                    format!("postgres://db.example.com/app?user=me&password={password}&port=x"),
                    format!("mysql://me:{password}@db.example.com/app"),
                    format!("pg://me:{password}@db.example.com/app"),
                    format!("me:{password}@db.example.com/app"),
                    format!("host=db user=me password={password} dbname=app"),
                    format!("host=db user=me password={password} nonsense=1"),
                    format!("password={password}"),
                    format!("host=db user=me password='{password}"),
                ] {
                    let env = lookup(&[("APP_URL", text.as_str())]);
                    let target = Target {
                        name: "production".into(),
                        url: Some(TargetUrl::Env("APP_URL".into())),
                        ..Target::default()
                    };
                    let dotenv = format!("APP_URL={text}\n");
                    let inputs = Inputs { url_flag: None, target: Some(&target), env: &env, dotenv: Some(&dotenv) };
                    let mut shown = format!("{inputs:?}");
                    match resolve(&inputs) {
                        Ok(resolved) => {
                            // A blank or '&' ends the password for good in the forms that are separated by them.
                            let settings = &resolved.settings;
                            shown += &format!(
                                "{} {} {:?} {:?}",
                                settings.endpoint(),
                                settings.display_url(),
                                resolved.origin,
                                resolved.notes
                            );
                            if settings.user.as_deref() == Some("me") {
                                shown += &format!("{resolved:?}");
                            }
                        }
                        Err(error) => {
                            shown += &format!("{error:?}");
                            let mut cause: Option<&dyn Error> = Some(&error);
                            while let Some(error) = cause {
                                shown += &error.to_string();
                                cause = error.source();
                            }
                        }
                    }
                    for quote in ["'''", "\"", ""] {
                        let plan = format!("version = 1\n[targets.production]\nurl = {quote}{text}{quote}\n");
                        if let Err(errors) = crate::plan::Plan::parse("backout.toml", &plan) {
                            shown += &format!("{errors} {errors:?}");
                        }
                    }
                    for piece in ["QZONE", "QZTWO", "QZTHREE"] {
                        assert!(!shown.contains(piece), "{text}\n{shown}");
                    }
                    tried += 1;
                }
            }
        }
    }
    assert_eq!(tried, 3 * 400 * 12);
}

#[test]
fn the_first_source_in_order_counts() {
    let env_target = Target { name: "p".into(), url: Some(TargetUrl::Env("P_URL".into())), ..Target::default() };
    let literal = Target {
        name: "l".into(),
        url: Some(TargetUrl::Literal("postgresql://literal/app".into())),
        ..Target::default()
    };
    let bare = Target { name: "b".into(), ..Target::default() };
    let all = [("DATABASE_URL", "postgresql://real/app"), ("P_URL", "postgresql://p/app"), ("PGHOST", "pg")];
    let dotenv = "DATABASE_URL=postgresql://dot/app\nP_URL=postgresql://dotp/app\nPGHOST=never";
    // (flag, target, environment, .env, host, origin)
    for (flag, target, env, dotenv, host, origin) in [
        (Some("postgresql://flag/app"), Some(&env_target), &all[..], Some(dotenv), "flag", "--url"),
        (None, Some(&env_target), &all[..], Some(dotenv), "p", "P_URL (targets.p.url)"),
        (None, Some(&env_target), &all[..1], Some(dotenv), "dotp", "P_URL (targets.p.url) in .env"),
        (None, Some(&literal), &all[..], Some(dotenv), "literal", "targets.l.url"),
        (None, Some(&bare), &all[..], Some(dotenv), "real", "DATABASE_URL"),
        (None, None, &[("DATABASE_URL", "")][..], Some(dotenv), "dot", "DATABASE_URL in .env"),
        (None, None, &[("PGHOST", "pg")][..], Some(dotenv), "dot", "DATABASE_URL in .env"),
        (None, None, &[("PGHOST", "pg")][..], None, "pg", "the PG* variables"),
    ] {
        let env = lookup(env);
        let resolved = resolve(&Inputs { url_flag: flag, target, env: &env, dotenv }).unwrap();
        assert_eq!(resolved.origin.to_string(), origin);
        assert_eq!(resolved.settings.hosts, [Host::Tcp { host: host.to_owned(), port: 5432 }], "{origin}");
    }
}

#[test]
fn what_is_named_and_missing_is_an_error_and_not_a_reason_to_look_elsewhere() {
    let target = Target { name: "p".into(), url: Some(TargetUrl::Env("P_URL".into())), ..Target::default() };
    for (flag, target, env, words) in [
        (None, None, &[][..], "nothing says which database"),
        (None, None, &[("PGPASSWORD", "x"), ("PGSSLMODE", "require")][..], "nothing says which database"),
        (None, None, &[("PGSERVICE", "x"), ("PGHOST", "h")][..], "PGSERVICE is set"),
        (None, Some(&target), &[("DATABASE_URL", "postgresql://h/app")][..], "P_URL is not set"),
        (None, Some(&target), &[("P_URL", ""), ("PGHOST", "h")][..], "P_URL is not set"),
        (Some(""), None, &[("PGHOST", "h")][..], "using the connection string from --url"),
        (Some("postgresql://h"), None, &[("PGSSLMODE", "x")][..], "using the PG* variables beside"),
    ] {
        let env = lookup(env);
        let error = resolve(&Inputs { url_flag: flag, target, env: &env, dotenv: None }).unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[test]
fn the_environment_fills_what_the_string_leaves_open() {
    let variables = [
        ("PGHOST", "envhost"),
        ("PGPORT", "6000"),
        ("PGUSER", "envuser"),
        ("PGPASSWORD", "envpw"),
        ("PGDATABASE", "envdb"),
        ("PGSSLMODE", "verify-ca"),
        ("PGSSLROOTCERT", "env.pem"),
        ("PGOPTIONS", "-c a=b"),
        ("PGAPPNAME", "envapp"),
        ("PGCONNECT_TIMEOUT", "3"),
        ("HOME", "/home/me"),
    ];
    let env = lookup(&variables);
    let from = |text| resolve(&Inputs { url_flag: text, target: None, env: &env, dotenv: None }).unwrap();

    let all = from(None);
    assert_eq!(all.settings.endpoint(), "envhost:6000/envdb");
    assert_eq!(all.settings.display_url(), "postgresql://envuser:***@envhost:6000/envdb?sslmode=verify-ca");
    assert_eq!(all.settings.options.as_deref(), Some("-c a=b"));
    assert_eq!(all.settings.application_name.as_deref(), Some("envapp"));
    assert_eq!(all.settings.connect_timeout, Some(Duration::from_secs(3)));
    assert_eq!(all.settings.root_cert, Some(PathBuf::from("env.pem")));
    assert_eq!((all.passfile, all.notes.as_slice()), (None, &[][..]));

    let some = from(Some("postgresql://me@h/?sslmode=disable"));
    assert_eq!(some.settings.endpoint(), "h:6000/envdb");
    assert_eq!(some.settings.display_url(), "postgresql://me:***@h:6000/envdb?sslmode=disable");
    assert_eq!(
        some.notes,
        ["the connection's port is taken from PGPORT", "the connection's dbname is taken from PGDATABASE"]
    );
}

#[test]
fn a_ca_file_and_the_place_decide_on_tls() {
    let target = Target { name: "p".into(), ca_file: Some("certs/ca.pem".into()), ..Target::default() };
    let ca = Some(&target);
    let pg = &[("PGSSLROOTCERT", "env.pem")][..];
    for (url, target, env, ssl, root) in [
        ("postgresql://h/app", ca, &[][..], "verify-full", Some("certs/ca.pem")),
        ("postgresql://h/app", ca, pg, "verify-full", Some("certs/ca.pem")),
        ("postgresql://h/app?sslrootcert=own.pem", ca, pg, "verify-full", Some("own.pem")),
        ("postgresql://h/app?sslmode=disable", ca, &[][..], "disable", Some("certs/ca.pem")),
        ("postgresql://localhost/app", ca, &[][..], "verify-full", Some("certs/ca.pem")),
        ("postgresql:///app", ca, &[][..], "disable", Some("certs/ca.pem")),
        ("postgresql://h/app", None, pg, "verify-full", Some("env.pem")),
        ("postgresql://localhost/app", None, pg, "disable", Some("env.pem")),
        ("postgresql://h/app?sslrootcert=system", ca, pg, "verify-full", None),
        ("postgresql://localhost,h/app", None, &[][..], "require", None),
    ] {
        let env = lookup(env);
        let settings = resolve(&Inputs { url_flag: Some(url), target, env: &env, dotenv: None }).unwrap().settings;
        assert_eq!((settings.ssl_mode.name(), settings.root_cert), (ssl, root.map(PathBuf::from)), "{url}");
    }
}

#[test]
fn foreign_parameters_are_ignored_and_said() {
    let env = lookup(&[]);
    let url = "postgresql://h/app?pgbouncer=true&schema=app&connection_limit=1&pool_timeout=0&sslaccept=strict";
    let resolved = resolve(&Inputs { url_flag: Some(url), target: None, env: &env, dotenv: None }).unwrap();
    for name in ["pgbouncer", "schema", "connection_limit", "pool_timeout", "sslaccept"] {
        assert!(
            resolved.notes.iter().any(|note| note.starts_with(&format!("the parameter {name} of"))),
            "{:?}",
            resolved.notes
        );
    }
}

#[test]
fn a_password_file_is_named_and_used_only_without_a_password() {
    for (url, env, passfile) in [
        ("postgresql://me@h/app", &[("HOME", "/home/me")][..], Some("/home/me/.pgpass")),
        ("postgresql://me@h/app", &[("HOME", "/home/me"), ("PGPASSFILE", "/p")][..], Some("/p")),
        ("postgresql://me@h/app?passfile=/q", &[("HOME", "/home/me"), ("PGPASSFILE", "/p")][..], Some("/q")),
        ("postgresql://me@h/app", &[][..], None),
        ("postgresql://me:pw@h/app", &[("HOME", "/home/me")][..], None),
        ("postgresql://me@h/app", &[("HOME", "/home/me"), ("PGPASSWORD", "pw")][..], None),
    ] {
        let env = lookup(env);
        let resolved = resolve(&Inputs { url_flag: Some(url), target: None, env: &env, dotenv: None }).unwrap();
        assert_eq!(resolved.passfile, passfile.map(PathBuf::from), "{url}");
    }
    let mut settings = read("postgresql://me@a,b/app");
    assert!(!settings.take_password_from("c:*:*:*:no"));
    assert!(settings.take_password_from("b:5432:app:me:yes"));
    assert_eq!(settings.password.as_ref().map(Secret::expose), Some("yes"));
    assert!(!settings.take_password_from("a:5432:app:me:other"));
    assert_eq!(settings.password.as_ref().map(Secret::expose), Some("yes"));
}
