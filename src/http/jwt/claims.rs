//! What a token says about its bearer, and whether that is enough.

use std::time::Duration;

use serde_json::{Map, Number, Value};

use super::refusal::InvalidJwt;
use super::rules::{JwtRules, RuleSet};

/// What a verified token proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// Who the bearer is.
    pub subject: Subject,
}

/// The `sub` of a token.
///
/// The three cases differ in what becomes of the user that the payload names
/// (heat-collector.md 4.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// The token does not say; the payload's user stands.
    Absent,
    /// The token says "nobody": there is no user, whatever the payload claims.
    Empty,
    /// The token names the user and beats the payload. A number is given as text.
    Id(String),
}

/// Judges the claims of a token whose signature fits, at `now_s` seconds since the epoch.
pub(super) fn check(claims: &Map<String, Value>, rules: &JwtRules, now_s: i64) -> Result<Claims, InvalidJwt> {
    check_validity(claims, rules, now_s)?;
    Ok(Claims { subject: subject(claims)? })
}

/// Refuses claims outside their time, of another issuer or for another audience.
pub(super) fn check_validity(claims: &Map<String, Value>, rules: &JwtRules, now_s: i64) -> Result<(), InvalidJwt> {
    check_times(claims, rules.rule_set, now_s)?;
    check_issuer(claims, rules)?;
    check_audience(claims, rules)
}

/// Refuses a token outside its time. The end of validity itself is outside for Hearth (RFC 7519
/// 4.1.4) and inside for the collector.
fn check_times(claims: &Map<String, Value>, rule_set: RuleSet, now_s: i64) -> Result<(), InvalidJwt> {
    let (exp, nbf) = (claims.get("exp"), claims.get("nbf"));
    match rule_set {
        RuleSet::Hearth { require_exp, leeway } => {
            match strict_time(exp)? {
                Some(exp) if seconds(now_s) >= exp + whole_seconds(leeway) => {
                    return Err(InvalidJwt::Expired);
                }
                None if require_exp => return Err(InvalidJwt::NoExpiry),
                _ => {}
            }
            if strict_time(nbf)?.is_some_and(|nbf| nbf > seconds(now_s) + whole_seconds(leeway)) {
                return Err(InvalidJwt::NotYetValid);
            }
        }
        RuleSet::HeatCollector => {
            if lenient_time(exp)?.is_some_and(|exp| exp < seconds(now_s)) {
                return Err(InvalidJwt::Expired);
            }
            if lenient_time(nbf)?.is_some_and(|nbf| nbf > seconds(now_s)) {
                return Err(InvalidJwt::NotYetValid);
            }
        }
    }
    Ok(())
}

/// A time that must be a number if it is there at all: text such as `"9999999999"` once passed for
/// "no expiry" elsewhere (CVE-2026-25537).
fn strict_time(claim: Option<&Value>) -> Result<Option<f64>, InvalidJwt> {
    claim.map(|value| value.as_f64().filter(|time| time.is_finite()).ok_or(InvalidJwt::Claims)).transpose()
}

/// A time as the collector reads it: zero, `null` and empty text are "not checked", numeric text
/// counts. What JavaScript would compare as "not a number", and so never refuse, is refused.
fn lenient_time(claim: Option<&Value>) -> Result<Option<f64>, InvalidJwt> {
    let time = match claim {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) if text.is_empty() => return Ok(None),
        Some(Value::String(text)) => text.trim().parse().ok(),
        Some(value) => value.as_f64(),
    };
    let time: f64 = time.filter(|time: &f64| time.is_finite()).ok_or(InvalidJwt::Claims)?;
    let is_unset = time == 0.0 && claim.is_some_and(Value::is_number);
    Ok((!is_unset).then_some(time))
}

/// Epoch seconds as the number that claims are compared with.
#[expect(clippy::cast_precision_loss, reason = "exact for the next 285 million years")]
fn seconds(epoch_s: i64) -> f64 {
    epoch_s as f64
}

/// A duration without its fraction, as seconds.
fn whole_seconds(duration: Duration) -> f64 {
    Duration::from_secs(duration.as_secs()).as_secs_f64()
}

/// `iss` equals the configured one; an empty configured one is not checked.
fn check_issuer(claims: &Map<String, Value>, rules: &JwtRules) -> Result<(), InvalidJwt> {
    let matches = claims.get("iss").and_then(Value::as_str) == Some(rules.issuer.as_str());
    if rules.issuer.is_empty() || matches { Ok(()) } else { Err(InvalidJwt::Issuer) }
}

/// `aud` equals the configured one or is an array with it; an empty configured one is not checked.
fn check_audience(claims: &Map<String, Value>, rules: &JwtRules) -> Result<(), InvalidJwt> {
    let is_ours = |value: &Value| value.as_str() == Some(rules.audience.as_str());
    let matches = match claims.get("aud") {
        Some(Value::Array(audiences)) => audiences.iter().any(is_ours),
        Some(audience) => is_ours(audience),
        None => false,
    };
    if rules.audience.is_empty() || matches { Ok(()) } else { Err(InvalidJwt::Audience) }
}

/// `sub`; the collector answers 500 to a boolean or an object, here they are refused (D11).
fn subject(claims: &Map<String, Value>) -> Result<Subject, InvalidJwt> {
    match claims.get("sub") {
        None | Some(Value::Null) => Ok(Subject::Absent),
        Some(Value::String(id)) if id.is_empty() => Ok(Subject::Empty),
        Some(Value::String(id)) => Ok(Subject::Id(id.clone())),
        Some(Value::Number(number)) => Ok(Subject::Id(number_text(number))),
        Some(_) => Err(InvalidJwt::Subject),
    }
}

/// A number as JavaScript writes it, except that very large and very small ones are written out.
fn number_text(number: &Number) -> String {
    match number.as_f64() {
        Some(double) if number.is_f64() => double.to_string(),
        _ => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW_S: i64 = 1_800_000_000;

    fn rules(rule_set: RuleSet) -> JwtRules {
        let mut rules = JwtRules::new("https://idp.test/jwks".into(), "idp".into(), "hearth".into());
        rules.rule_set = rule_set;
        rules
    }

    fn hearth() -> JwtRules {
        rules(RuleSet::Hearth { require_exp: true, leeway: Duration::from_mins(1) })
    }

    /// Judges good claims with `changed` laid over them; `null` in it takes a claim away.
    fn judge(rules: &JwtRules, changed: &Value) -> Result<Subject, InvalidJwt> {
        let mut claims = json!({"iss": "idp", "aud": "hearth", "exp": NOW_S + 300});
        let claims = claims.as_object_mut().unwrap();
        for (name, value) in changed.as_object().unwrap() {
            claims.remove(name);
            if !value.is_null() {
                claims.insert(name.clone(), value.clone());
            }
        }
        check(claims, rules, NOW_S).map(|claims| claims.subject)
    }

    #[test]
    fn expiry_ends_with_the_leeway_and_not_a_second_later() {
        assert!(judge(&hearth(), &json!({"exp": NOW_S - 59})).is_ok());
        assert_eq!(judge(&hearth(), &json!({"exp": NOW_S - 60})), Err(InvalidJwt::Expired));
        let collector = rules(RuleSet::HeatCollector);
        assert!(judge(&collector, &json!({"exp": NOW_S})).is_ok());
        assert_eq!(judge(&collector, &json!({"exp": NOW_S - 1})), Err(InvalidJwt::Expired));
    }

    #[test]
    fn not_before_begins_with_the_leeway() {
        assert!(judge(&hearth(), &json!({"nbf": NOW_S + 60})).is_ok());
        assert_eq!(judge(&hearth(), &json!({"nbf": NOW_S + 61})), Err(InvalidJwt::NotYetValid));
        let collector = rules(RuleSet::HeatCollector);
        assert!(judge(&collector, &json!({"nbf": NOW_S})).is_ok());
        assert_eq!(judge(&collector, &json!({"nbf": NOW_S + 1})), Err(InvalidJwt::NotYetValid));
    }

    #[test]
    fn a_missing_expiry_passes_only_where_it_may() {
        assert_eq!(judge(&hearth(), &json!({"exp": null})), Err(InvalidJwt::NoExpiry));
        let optional = rules(RuleSet::Hearth { require_exp: false, leeway: Duration::ZERO });
        assert!(judge(&optional, &json!({"exp": null})).is_ok());
        for unset in [json!({"exp": null}), json!({"exp": 0}), json!({"exp": ""}), json!({"nbf": 0})] {
            assert!(judge(&rules(RuleSet::HeatCollector), &unset).is_ok(), "{unset}");
        }
        assert_eq!(judge(&hearth(), &json!({"exp": 0})), Err(InvalidJwt::Expired));
    }

    #[test]
    fn numeric_text_is_a_time_for_the_collector_only() {
        let collector = rules(RuleSet::HeatCollector);
        assert!(judge(&collector, &json!({"exp": (NOW_S + 1).to_string()})).is_ok());
        assert_eq!(judge(&collector, &json!({"exp": " 12 "})), Err(InvalidJwt::Expired));
        assert_eq!(judge(&collector, &json!({"exp": "0"})), Err(InvalidJwt::Expired));
        assert_eq!(judge(&collector, &json!({"nbf": (NOW_S + 1).to_string()})), Err(InvalidJwt::NotYetValid));
        for text in [json!({"exp": "9999999999"}), json!({"nbf": "1"})] {
            assert_eq!(judge(&hearth(), &text), Err(InvalidJwt::Claims), "{text}");
        }
    }

    #[test]
    fn a_time_that_is_no_number_is_refused_by_both() {
        for odd in [json!("soon"), json!("NaN"), json!("inf"), json!(true), json!([]), json!({})] {
            for rules in [hearth(), rules(RuleSet::HeatCollector)] {
                assert_eq!(judge(&rules, &json!({"exp": odd})), Err(InvalidJwt::Claims), "{odd}");
            }
        }
    }

    #[test]
    fn issuer_and_audience_match_to_the_letter() {
        for rules in [hearth(), rules(RuleSet::HeatCollector)] {
            for iss in [json!(null), json!("idp/"), json!(["idp"]), json!("")] {
                assert_eq!(judge(&rules, &json!({"iss": iss})), Err(InvalidJwt::Issuer), "{iss}");
            }
            for aud in [json!(null), json!("hearth-admin"), json!([]), json!(["x"]), json!([["hearth"]]), json!({})] {
                assert_eq!(judge(&rules, &json!({"aud": aud})), Err(InvalidJwt::Audience), "{aud}");
            }
            assert!(judge(&rules, &json!({"aud": ["x", "hearth"]})).is_ok());
        }
    }

    #[test]
    fn an_empty_configured_issuer_or_audience_is_not_checked() {
        let mut rules = rules(RuleSet::HeatCollector);
        rules.issuer.clear();
        rules.audience.clear();
        assert!(judge(&rules, &json!({"iss": null, "aud": 7})).is_ok());
    }

    #[test]
    fn the_subject_is_text_a_number_or_nothing() {
        let subject = |sub: Value| judge(&hearth(), &json!({"sub": sub}));
        assert_eq!(subject(json!(null)), Ok(Subject::Absent));
        assert_eq!(subject(json!("")), Ok(Subject::Empty));
        assert_eq!(subject(json!("u1")), Ok(Subject::Id("u1".into())));
        assert_eq!(subject(json!(1)), Ok(Subject::Id("1".into())));
        assert_eq!(subject(json!(1.0)), Ok(Subject::Id("1".into())));
        assert_eq!(subject(json!(-1.5)), Ok(Subject::Id("-1.5".into())));
        for odd in [json!(true), json!({}), json!([])] {
            assert_eq!(subject(odd), Err(InvalidJwt::Subject));
        }
    }
}
