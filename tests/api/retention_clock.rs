//! A clock that jumps deletes nothing.

use hearth::store::retention::ClockState;

use crate::installation::Hearth;
use crate::retention_world::{
    DAY_MS, FOR_EVER, HOUR_MS, Steps, clock_state, prune, rules, send_of_each, settle, wait_for,
};

const YEAR_MS: i64 = 365 * DAY_MS;

/// A Hearth with data of three days, the last of which is today.
fn three_days() -> Hearth {
    let hearth = Hearth::with(&FOR_EVER);
    for day in 0..3 {
        if day > 0 {
            hearth.clock.advance_ms(DAY_MS);
        }
        send_of_each(&hearth, &format!("day{day}"));
        settle(&hearth);
        assert_eq!(prune(&hearth, rules([30; 5]), false, Steps::Long), 0);
    }
    hearth
}

#[test]
fn nothing_goes_after_a_jump_also_when_new_data_come() {
    for jump_ms in [49 * HOUR_MS, 10 * YEAR_MS, -49 * HOUR_MS, -10 * YEAR_MS] {
        let hearth = three_days();
        hearth.clock.advance_ms(jump_ms);
        assert_eq!(prune(&hearth, rules([1; 5]), false, Steps::Long), 0, "{jump_ms}");
        assert!(matches!(clock_state(&hearth), ClockState::Jumped { .. }), "{jump_ms}");
        send_of_each(&hearth, "after");
        settle(&hearth);
        for _ in 0..40 {
            hearth.clock.advance_ms(HOUR_MS);
            assert_eq!(prune(&hearth, rules([1; 5]), false, Steps::Long), 0, "{jump_ms}");
        }
        assert_eq!(hearth.count_rows("heat_session"), 4, "{jump_ms}");
        assert_eq!(hearth.count_rows("track_event"), 4, "{jump_ms}");
        assert_eq!(hearth.count_rows("traffic_request"), 4, "{jump_ms}");
        // The clock is set right, and all is as it was.
        hearth.clock.advance_ms(-jump_ms - 40 * HOUR_MS);
        assert_eq!(prune(&hearth, rules([30; 5]), false, Steps::Long), 0);
        assert_eq!(clock_state(&hearth), ClockState::Believed, "{jump_ms}");
    }
}

#[test]
fn a_clock_that_goes_on_for_two_days_with_data_is_believed_and_deletes_two_days_a_day() {
    let hearth = three_days();
    hearth.clock.advance_ms(YEAR_MS);
    for hour in 0..49 {
        if hour % 12 == 0 {
            send_of_each(&hearth, &format!("hour{hour}"));
            settle(&hearth);
        }
        assert_eq!(hearth.count_rows("traffic_request"), 3 + i64::from(hour / 12) + 1);
        let rows = prune(&hearth, rules([30; 5]), false, Steps::Long);
        assert_eq!(rows > 0, hour == 48, "{hour}");
        hearth.clock.advance_ms(HOUR_MS);
    }
    // Of the three days, the last is left for tomorrow.
    assert_eq!(hearth.count_rows("traffic_request"), 5 + 1);
}

#[test]
fn a_jump_of_less_than_two_days_deletes_what_is_too_old_by_it_and_no_more() {
    let hearth = three_days();
    hearth.clock.advance_ms(47 * HOUR_MS);
    assert!(prune(&hearth, rules([3; 5]), false, Steps::Long) > 0);
    assert_eq!(clock_state(&hearth), ClockState::Believed);
    assert_eq!(hearth.count_rows("heat_session"), 2, "the day that is four days old went");
}

#[test]
fn without_data_for_two_days_nothing_goes_until_somebody_says_so() {
    let hearth = three_days();
    for _ in 0..100 {
        hearth.clock.advance_ms(HOUR_MS);
        prune(&hearth, rules([30; 5]), false, Steps::Long);
    }
    assert!(matches!(clock_state(&hearth), ClockState::NoRecentData { .. }));
    assert_eq!(prune(&hearth, rules([1; 5]), false, Steps::Long), 0);
    assert!(prune(&hearth, rules([1; 5]), true, Steps::Long) > 0);
    assert_eq!(hearth.count_rows("traffic_request"), 0);
}

#[test]
fn the_server_itself_deletes_nothing_after_a_jump() {
    let hearth = Hearth::with(&[
        "retention.heat=1d",
        "retention.events=1d",
        "retention.requests=1d",
        "retention.rollups=1d",
        "retention.visits=1d",
    ]);
    send_of_each(&hearth, "then");
    settle(&hearth);
    wait_for("the time is noted", || hearth.count_rows("retention_clock") == 1);
    hearth.clock.advance_ms(10 * YEAR_MS);
    send_of_each(&hearth, "now");
    settle(&hearth);
    let jumped = || hearth.get("/api/v1/status").ok().json()["retention"]["clock"] == "jumped";
    wait_for("the jump is noticed", || hearth.count_rows("retention_clock WHERE suspect_since_ms IS NOT NULL") == 1);
    assert!(jumped());
    for table in ["heat_session", "track_session", "track_event", "traffic_request"] {
        assert_eq!(hearth.count_rows(table), 2, "{table}");
    }
}
