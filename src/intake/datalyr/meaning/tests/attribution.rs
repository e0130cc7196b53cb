//! What brought a person: touches.

use serde_json::Value;

use super::{NOW_MS, captured, one, read, track, web};
use crate::domain::track::{Touch, TrackEvent};

fn detail(touch: &Touch) -> Value {
    serde_json::from_str(&touch.detail).unwrap()
}

fn touch(event: TrackEvent) -> Touch {
    *event.touch.unwrap_or_else(|| panic!("no touch in {}", event.properties))
}

/// Source, medium, campaign, term, content.
fn five(touch: &Touch) -> [Option<&str>; 5] {
    [&touch.source, &touch.medium, &touch.campaign, &touch.term, &touch.content].map(Option::as_deref)
}

#[test]
fn a_landing_with_every_kind_of_word() {
    let events = captured("web_batch", "1.7.12");
    let touches: Vec<_> = events.iter().map(|event| event.touch.clone().unwrap()).collect();
    let landing = &touches[0];
    assert_eq!(five(landing), [Some("klaviyo"), Some("cpc"), Some("spring"), None, None]);
    assert_eq!(landing.click, Some(("fbclid", "FB123".into())));
    assert_eq!(landing.lyr.as_deref(), Some("L9"));
    assert_eq!(landing.captured_ms, 1_795_191_176_401);
    assert_eq!(events[0].time_ms, 1_795_191_176_413);
    assert!(
        landing.landing_page.as_deref().unwrap().starts_with("http://127.0.0.1:8790/landing?__v=1.7.12&utm_source=")
    );
    assert_eq!(landing.referrer, None);
    let said = detail(landing);
    for (key, value) in [
        ("fbclid", "FB123"),
        ("gclid", "G1"),
        ("oppref", "O1"),
        ("sclid", "S1"),
        ("irclid", "I1"),
        ("utm_source", "facebook"),
        ("utm_medium", "cpc"),
        ("utm_campaign", "spring"),
        ("utm_id", "77"),
        ("lyr", "L9"),
        ("dl_ksource", "klaviyo"),
        ("dl_kmessage_id", "m1"),
        ("fbc", "fb.1.1795191176257.FB123"),
    ] {
        assert_eq!(said[key], value, "{key}");
    }
    assert!(said.as_object().unwrap().keys().all(|key| !key.contains("touch") && key != "source"));
    // Every event of the visit repeats it, later ones from memory.
    let repeated = captured("web_alias_batch", "1.7.12").remove(0).touch.unwrap();
    assert!(touches.iter().chain([&repeated]).all(|touch| touch.fingerprint == landing.fingerprint));
    assert_eq!(repeated.captured_ms, 1_795_191_177_056);
}

#[test]
fn old_browsers_use_other_words_for_the_same() {
    for version in ["1.2.0", "1.0.2"] {
        for event in captured("web_batch", version) {
            let touch = touch(event);
            assert_eq!(five(&touch), [Some("facebook"), Some("cpc"), Some("spring"), None, None]);
            assert_eq!((touch.click.clone(), touch.lyr.as_deref()), (Some(("fbclid", "FB123".into())), Some("L9")));
            let said = detail(&touch);
            let words =
                ["utm_source", "utm_medium", "utm_campaign", "fbclid", "utm_term"].map(|key| said[key].as_str());
            assert_eq!(words, [Some("facebook"), Some("cpc"), Some("spring"), Some("FB123"), None]);
        }
    }
    // What the SDK made up of a click id was never in the address.
    let made_up = touch(web("a", "", r#"{"source":"google","medium":"cpc","clickId":"G","clickIdType":"gclid"}"#));
    assert_eq!((&*made_up.detail, five(&made_up)[0]), (r#"{"gclid":"G"}"#, Some("google")));
    let snap = touch(web("a", "", r#"{"clickId":"S","clickIdType":"ScCid"}"#));
    assert_eq!((snap.click, snap.source.as_deref()), (Some(("sclid", "S".into())), Some("snapchat")));
}

#[test]
fn direct_visits_and_servers_properties_are_no_touches() {
    assert!(captured("web_beacon_on_unload", "1.7.12").iter().all(|event| event.touch.is_none()));
    assert_eq!(one("web_first_party_subdomain", "1.7.12").touch, None);
    for (kind, version) in [("track", "1.3.1"), ("rn_purchase", "1.7.18"), ("rn_raw_purchase", "1.7.18")] {
        assert_eq!(one(kind, version).touch, None, "{kind}");
    }
    for data in [
        r#"{"source":"direct","medium":"none"}"#,
        r#"{"source":"(direct)"}"#,
        r#"{"source":" "}"#,
        r#"{"medium":"cpc","term":"x","content":"y"}"#,
        r#"{"utm_source":"","fbclid":null,"gclid":{},"lyr":[]}"#,
        r#"{"first_touch_source":"google","_fbp":"fb.1","gad_source":"1"}"#,
        r#"{"source":"direct","url":"https://x.example/?utm_source=a"}"#,
        r#"{"source":"referral","referrer":"https://x.example/a","url":"https://x.example/b"}"#,
    ] {
        assert_eq!(web("pageview", "", data).touch, None, "{data}");
    }
    for properties in [
        r#"{"source":"crm","medium":"m","campaign":"c","ref":"r","keyword":"k","clickId":"1","clickIdType":"gclid"}"#,
        r#"{"url":"https://x.example/?utm_source=a"}"#,
    ] {
        assert_eq!(track("api", "purchase", "", properties).touch, None, "{properties}");
        assert_eq!(track("react-native", "purchase", "", properties.replace("clickId", "c").as_str()).touch, None);
    }
}

#[test]
fn a_referrer_is_a_source() {
    let found = touch(web(
        "pageview",
        "",
        r#"{"source":"google","medium":"organic","referrer":"https://www.google.com/","url":"https://x.example/b?code=1"}"#,
    ));
    assert_eq!(five(&found)[..2], [Some("google"), Some("organic")]);
    assert_eq!(found.referrer.as_deref(), Some("https://www.google.com/"));
    assert_eq!(found.landing_page.as_deref(), Some("https://x.example/b?code=__redacted__"));
    assert_eq!(&*found.detail, "{}");
}

#[test]
fn the_address_of_a_page_view_speaks_where_nobody_else_does() {
    let page = touch(one("page", "1.3.1"));
    assert_eq!((page.source.as_deref(), &*page.detail), (Some("x"), r#"{"utm_source":"x"}"#));
    assert_eq!(page.landing_page.as_deref(), Some("https://example.com/pricing?utm_source=x"));
    assert_eq!(page.referrer.as_deref(), Some("https://google.com"));
    let old = touch(web(
        "pageview",
        "",
        r#"{"url":"https://x.example/?utm_campaign=a+b%26&gclid=G&source=s&gclid=H#?lyr=1"}"#,
    ));
    assert_eq!(five(&old), [Some("s"), None, Some("a b&"), None, None]);
    assert_eq!((old.click, old.lyr), (Some(("gclid", "G".into())), None));
    assert_eq!(one("page_name_only", "1.3.1").touch, None);
    assert_eq!(web("click", "", r#"{"url":"https://x.example/?utm_campaign=a"}"#).touch, None);
}

#[test]
fn servers_and_apps_have_their_words() {
    let server = touch(track("api", "a", "", r#"{"utm_medium":"email","source":"crm","campaign_id":5,"network":"n"}"#));
    assert_eq!(five(&server), [None, Some("email"), None, None, None]);
    assert_eq!(&*server.detail, r#"{"utm_medium":"email","campaign_id":"5"}"#);
    let app = |properties| touch(track("swift", "a", "", properties));
    let mirrored =
        app(r#"{"source":"mobile_app","campaign_source":"s","campaign_name":"c","utm_campaign":"c","dl_tag":"L"}"#);
    assert_eq!(five(&mirrored), [Some("s"), None, Some("c"), None, None]);
    assert_eq!(mirrored.lyr.as_deref(), Some("L"));
    let odd = app(r#"{"FB_Click_Id":"F","li_click_id":"L","irclickid":"I"}"#);
    assert_eq!((odd.source.as_deref(), odd.click.clone()), (Some("facebook"), Some(("fbclid", "F".into()))));
    assert_eq!(&*odd.detail, r#"{"fbclid":"F","li_fat_id":"L","irclid":"I"}"#);
    let play = app(r#"{"dl_click_id":"T","dl_click_id_type":"ttclid","install_referrer":"utm_source=x&email=y"}"#);
    assert_eq!((play.source.as_deref(), play.click.clone()), (Some("tiktok"), Some(("ttclid", "T".into()))));
    assert_eq!(detail(&play)["install_referrer"], "utm_source=x&email=__redacted__");
    let apple = app(r#"{"asa_campaign_id":12,"asa_campaign_name":"Brand","asa_adgroup_id":3}"#);
    assert_eq!(five(&apple), [Some("apple_search_ads"), None, Some("Brand"), None, None]);
    assert_eq!(detail(&apple)["asa_ad_group_id"], "3");
    assert_eq!(app(r#"{"lyr":"L"}"#).source, None);
    assert_eq!(app(r#"{"dl_ksource":"klaviyo","utm_source":"x"}"#).source.as_deref(), Some("klaviyo"));
}

#[test]
fn the_first_click_id_in_the_order_of_precedence_counts() {
    let found = touch(web("a", "", r#"{"ko_click_id":"k","gclid":"g","fb_click_id":"f2","ttclid":"t"}"#));
    assert_eq!(found.click, Some(("fbclid", "f2".into())));
    for properties in [r#"{"fbclid":"f","fb_click_id":"g"}"#, r#"{"fb_click_id":"g","fbclid":"f"}"#] {
        assert_eq!(touch(web("a", "", properties)).click, Some(("fbclid", "f".into())));
    }
}

#[test]
fn a_touch_is_as_old_as_its_capture() {
    let ago = |ms: i64| NOW_MS - ms;
    let day = 86_400_000;
    for (data, captured_ms) in [
        (format!(r#"{{"fbclid":"f","timestamp":{}}}"#, ago(day)), ago(day)),
        (format!(r#"{{"fbclid":"f","timestamp":{},"captured_at":{}}}"#, ago(day), ago(2 * day)), ago(2 * day)),
        (format!(r#"{{"fbclid":"f","timestamp":5,"captured_at":{}}}"#, ago(day)), ago(day)),
        (format!(r#"{{"fbclid":"f","timestamp":{}}}"#, ago(-1)), NOW_MS),
        (r#"{"fbclid":"f","timestamp":"soon"}"#.to_owned(), NOW_MS),
        (r#"{"fbclid":"f"}"#.to_owned(), NOW_MS),
    ] {
        assert_eq!(touch(web("a", "", &data)).captured_ms, captured_ms, "{data}");
    }
    for (name, properties, captured_ms) in [
        ("a", format!(r#"{{"fbclid":"f","timestamp":{}}}"#, ago(day)), NOW_MS),
        ("a", r#"{"fbclid":"f","attribution_timestamp":"2026-11-19T00:00:00.000+0000"}"#.to_owned(), 1_795_046_400_000),
        ("a", format!(r#"{{"fbclid":"f","install_time":{}}}"#, ago(day)), ago(day)),
        ("app_install", format!(r#"{{"fbclid":"f","install_time":{}}}"#, ago(day)), NOW_MS),
        ("$web_attribution_matched", format!(r#"{{"fbclid":"f","web_timestamp":{}}}"#, ago(3)), ago(3)),
    ] {
        assert_eq!(touch(track("react-native", name, "", &properties)).captured_ms, captured_ms, "{properties}");
    }
    let server = track("api", "a", "", &format!(r#"{{"fbclid":"f","timestamp":{}}}"#, ago(day)));
    assert_eq!(touch(server).captured_ms, NOW_MS);
}

#[test]
fn the_clock_of_a_browser_is_as_wrong_about_captures() {
    let hour = 3_600_000;
    let sent = NOW_MS - hour;
    let body = format!(
        r#"{{"timestamp":{sent},"events":[{{"event_name":"a","visitor_id":"v","timestamp":{},
        "event_data":{{"fbclid":"f","timestamp":{}}}}}]}}"#,
        sent - 1000,
        sent - 1010
    );
    let event = read(&body).remove(0);
    assert_eq!((event.time_ms, touch(event).captured_ms), (NOW_MS - 1000, NOW_MS - 1010));
}

#[test]
fn fingerprints_tell_campaigns_apart_and_nothing_else() {
    let of = |data: &str| touch(web("a", "", data)).fingerprint;
    let base = of(r#"{"utm_source":"a","utm_campaign":"b","gclid":"c","lyr":"d"}"#);
    for same in [
        r#"{"lyr":"d","gclid":"c","utm_campaign":"b","utm_source":"a"}"#,
        r#"{"utm_source":"a","utm_campaign":"b","gclid":"c","lyr":"d","landingPage":"x","referrer":"y","timestamp":1,"_fbp":"z"}"#,
    ] {
        assert_eq!(of(same), base, "{same}");
    }
    for other in [
        r#"{"utm_source":"ab","utm_campaign":"","gclid":"c","lyr":"d"}"#,
        r#"{"utm_source":"a","utm_campaign":"b","wbraid":"c","lyr":"d"}"#,
        r#"{"utm_source":"a","utm_campaign":"b","gclid":"c"}"#,
        r#"{"utm_source":"a","utm_campaign":"b","gclid":"c","lyr":"d","utm_id":"e"}"#,
        r#"{"source":"z","utm_source":"a","utm_campaign":"b","gclid":"c","lyr":"d"}"#,
    ] {
        assert_ne!(of(other), base, "{other}");
    }
    // It is compared with what was stored before: it must never change.
    assert_eq!(base, 5_639_654_895_352_823_064);
}

#[test]
fn texts_are_cut_between_characters() {
    let long = "é".repeat(5000);
    let found = touch(web("a", "", &format!(r#"{{"utm_source":"{long}","landingPage":"{long}","lyr":"x{long}"}}"#)));
    assert_eq!((found.source.unwrap().len(), found.landing_page.unwrap().len()), (1024, 2048));
    assert_eq!(found.lyr.unwrap().len(), 1023);
    assert!(found.detail.len() < 2200);
}
