//! Variables that are not keys.

use super::*;

#[test]
fn of_other_programs_and_of_kubernetes_is_left_alone() {
    let surroundings = environment(&[
        ("PATH", "/bin"),
        ("HEARTHSTONE", "1"),
        ("HEARTH_SERVICE_HOST", "10.0.0.1"),
        ("HEARTH_SERVICE_PORT", "80"),
        ("HEARTH_SERVICE_PORT_HTTP", "80"),
        ("HEARTH_PORT", "tcp://10.0.0.1:80"),
        ("HEARTH_PORT_80_TCP_ADDR", "10.0.0.1"),
    ]);
    assert!(load_from(&nothing(), &surroundings).is_ok());
    assert!(load_from(&nothing(), &environment(&[("HEARTH_PORTS", "1")])).is_err());
}

#[test]
fn has_a_short_name_for_the_log_level_that_the_long_one_wins_over() {
    let short = environment(&[("HEARTH_LOG", "debug")]);
    assert_eq!(loaded(&nothing(), &short).config.log.level, "debug");
    let both = environment(&[("HEARTH_LOG__LEVEL", "warn"), ("HEARTH_LOG", "debug")]);
    assert_eq!(loaded(&nothing(), &both).config.log.level, "warn");
}
