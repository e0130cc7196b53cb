/** A program of this folder, with a limit of time in seconds. */
const one = (seconds, words) => `tests/faults/one.sh ${seconds} ${words}`;

/** Tests of the library, or of tests/api, by name; each name must find something. */
const lib = (...tests) => tests.map((test) => `cargo test --locked --lib ${test}`).join(" && ");
const api = (...tests) => tests.map((test) => `cargo test --locked --test api ${test}`).join(" && ");

/**
 * The rows of the trust programme, each with what shows it: `dev` is the command at the figures for development, `release` that at
 * the figures for a release where it differs, `why` the reason why nothing shows it here, `note` what the command leaves out.
 */
export const ROWS = [
  { id: "D1", title: "kill -9 under load loses nothing acknowledged", dev: "tests/faults/kill9.sh --cycles 60", release: "tests/faults/kill9.sh --cycles 1000" },
  { id: "D2", title: "a power cut loses nothing acknowledged", dev: one(900, "crash_images.mjs --lost 100 --torn 500"), release: one(9000, "crash_images.mjs --lost 2000 --torn 10000") },
  { id: "D3", title: "reordered and torn writes", dev: one(900, "crash_images.mjs --lost 100 --torn 500"), release: one(9000, "crash_images.mjs --lost 2000 --torn 10000") },
  { id: "D4", title: "a failing fsync ends the process, and no answer follows", dev: `tests/faults/fsync_error.sh --when ${[...Array(50).keys()].map((n) => n + 1).join(",")}` },
  { id: "D5", title: "every error at every place of the write path", dev: one(1200, "io_errors.mjs --trials 400") },
  { id: "D6", title: "a full disk, and its recovery", dev: "tests/faults/disk_full.sh", release: "tests/faults/disk_full.sh --rounds 20" },
  { id: "D7", title: "limits of the machine", dev: "tests/faults/inside.sh 300 64m limits.mjs" },
  { id: "D8", title: "the log is bounded while a reader holds a snapshot", dev: one(300, "held_snapshot.mjs --seconds 60"), release: one(900, "held_snapshot.mjs --seconds 600") },
  { id: "D9", title: "no client hears that the database is busy", dev: one(900, "mixed_load.mjs --seconds 120"), release: one(4500, "mixed_load.mjs --seconds 3600") },
  { id: "D10", title: "copies under load", dev: one(900, "backup.mjs"), release: one(3600, "backup.mjs --copies 100") },
  { id: "D11", title: "restore, timed", dev: one(900, "restore.mjs"), release: one(7200, "restore.mjs --mib 1024 --times 20") },
  { id: "D12", title: "migration, killed and resumed", dev: one(1800, "migration.mjs --rows 1000000"), release: one(7200, "migration.mjs --rows 1000000 --kills 50") },
  { id: "D13", title: "an older binary leaves a newer file as it is", dev: one(300, "downgrade.mjs") },
  { id: "D14", title: "damage is noticed", dev: one(1200, "damage.mjs --pages 50 --cuts 100"), release: one(9000, "damage.mjs --pages 500 --cuts 1000") },
  { id: "D15", title: "a file has one server", dev: one(120, "second_start.mjs") },
  { id: "D16", title: "SQLite's version and settings", dev: api("file::every_connection_has_the_careful_settings", "file::the_library_is_new_enough") },
  { id: "D17", title: "SIGTERM under load", dev: "tests/faults/sigterm.sh", release: "tests/faults/sigterm.sh --cycles 200" },
  { id: "D18", title: "retries are exact", dev: one(900, "retries.mjs --events 100000") },
  { id: "D19", title: "key and row in one transaction", dev: one(1200, "io_errors.mjs --trials 400"), note: "each batch of D5 is sent again after the fault" },
  { id: "D20", title: "an answer follows its fsync", dev: `tests/faults/fsync_error.sh --when ${[...Array(50).keys()].map((n) => n + 1).join(",")}` },

  { id: "P7", title: "apps that misbehave", dev: "tests/proxy/run.sh chaos" },
  { id: "P8", title: "recording never hurts the app", dev: "tests/proxy/run.sh storage_faults" },
  { id: "P9", title: "injecting the script into pages", why: "Hearth does not change pages; there is nothing to break" },
  { id: "P10", title: "reload under load", dev: "tests/faults/reload.sh" },
  { id: "P11", title: "slow clients", dev: "tests/faults/slow_clients.sh 30", release: "tests/faults/slow_clients.sh 120" },
  { id: "P12", title: "idle connections", dev: one(300, "idle_sockets.mjs") },

  { id: "I1", title: "bad inputs", dev: "tests/conformance/bad_inputs.sh" },
  { id: "I2", title: "fuzzing with coverage", dev: "fuzz/run.sh --runs 1000000", release: "fuzz/run.sh --runs 10000000" },
  { id: "I3", title: "bodies that are almost right, over HTTP", dev: one(1200, "mutated_bodies.mjs --requests 100000"), release: one(20000, "mutated_bodies.mjs --requests 10000000") },
  { id: "I4", title: "the API is as its description says", dev: "tests/faults/api_contract.sh 200", release: "tests/faults/api_contract.sh 1000" },
  { id: "I5", title: "what is stored is what is read", dev: lib("store::pack", "store::heat::trail", "store::heat::chunk", "store::visits::columns"), note: "properties of the stored forms; whole answers are compared with models in tests/api" },
  { id: "I6", title: "no script of a visitor runs in a page", dev: "tests/browser/run.sh tests/browser/dashboard/xss.test.mjs" },
  { id: "I7", title: "SQL is constant", dev: "cargo test --locked --test architecture sql_is_only && cargo test --locked --test api file::" },
  { id: "I8", title: "bombs", dev: one(300, "bombs.mjs") },
  { id: "I9", title: "values that nobody has sent before", dev: `tests/proxy/run.sh cardinality && ${one(600, "many_values.mjs --values 200000")}` },
  { id: "I10", title: "keys that collide", dev: one(400, "colliding_keys.mjs") },
  { id: "I11", title: "logs", dev: "tests/faults/logs.sh" },

  { id: "C1", title: "time zones", dev: lib("domain::period") + " && " + api("buckets_of_any_zone_add_up", "zones_and_comparisons", "hours_add_up") },
  { id: "C2", title: "clocks that jump", dev: api("rollups_equal_the_rows_over_restarts_and_jumps_of_the_clock", "a_clock_that_is_set_back_changes_no_sum") },
  { id: "C3", title: "totals are those of the rows", dev: api("totals_equal_what_the_lists_count", "traffic_rollups::", "visits::") },
  { id: "C4", title: "clients whose clock is wrong", dev: "tests/conformance/datalyr.sh --only 42,43,44,45,46,47,48" },
  { id: "C5", title: "rollups after crashes", dev: api("rollups_equal_the_rows_after_crashes_in_between") },

  { id: "S1", title: "ASVS", why: "the checklist of 188 items has not been gone through" },
  { id: "S2", title: "who may do what", dev: api("accounts_matrix::") + " && cargo test --locked --test architecture every_page_has_a_rule" },
  { id: "S3", title: "tokens and their keys", dev: "tests/conformance/bad_inputs.sh --surface jwt,jwks" },
  { id: "S4", title: "calls to others", dev: one(120, "outbound.mjs") },
  { id: "S5", title: "sessions, forms, origins", dev: `tests/conformance/bad_inputs.sh --surface login,websocket` },
  { id: "S6", title: "guessing passwords", dev: api("an_address_may_be_wrong_five_times", "a_name_may_be_wrong_twenty_times", "a_wrong_name_and_a_wrong_password_look_the_same"), note: "that other routes do not slow down meanwhile is not measured" },
  { id: "S7", title: "headers of our answers", dev: api("every_answer_tells_the_browser_to_be_careful") },
  { id: "S8", title: "modes of files", dev: one(120, "file_modes.mjs") },
  { id: "S9", title: "the first start", dev: api("accounts_setup::", "before_the_set_up_there_is_nothing") },
  { id: "S10", title: "supply chain", dev: "cargo deny --locked check bans licenses sources && echo '1 passed, 0 failed'", note: "advisories need a network; two equal builds are not checked" },
  { id: "S11", title: "sandbox of the service", dev: "systemd-analyze security --offline=true --threshold=15 packaging/hearth.service && echo '1 passed, 0 failed'" },
  { id: "S12", title: "secrets", dev: `${api("secrets_are_not_kept_in_clear", "what_was_typed_is_never_stored")} && tests/faults/logs.sh` },
  { id: "S13", title: "privacy", dev: api("privacy::") + " && tests/browser/run.sh tests/browser/privacy.test.mjs" },

  { id: "R1", title: "soak at half of the maximum", dev: "tests/bench/run.sh soak --minutes 10", release: "tests/bench/run.sh soak --minutes 60" },
  { id: "R2", title: "five times too much", dev: "tests/bench/run.sh overload --seconds 60", release: "tests/bench/run.sh overload --overload-seconds 300" },
  { id: "R3", title: "a small machine", dev: "tests/faults/small_box.sh 10", release: "tests/faults/small_box.sh 60" },
  { id: "R4", title: "start on a large file", dev: one(1200, "start.mjs --rows 1000000"), release: one(6000, "start.mjs --rows 10000000") },
  { id: "R5", title: "every order of threads", why: "no model of the queue for shuttle or loom was made; D1, D4 and D20 look at the real one" },
  { id: "R6", title: "panics", why: "no route panics on purpose. Panics unwind (Cargo.toml), clippy refuses unwrap, expect and panic, and a panic of the writer ends the process with 74 (store/mod.rs); no test makes one happen" },
  { id: "R7", title: "memory safety", dev: "fuzz/run.sh --corpus-only", note: "the fuzz targets run with AddressSanitizer; Miri needs a nightly toolchain, and Hearth has no unsafe code of its own" },
  { id: "R8", title: "a thousand watchers", dev: "tests/live/run.sh tests/live/slow_readers.test.mjs" },
  { id: "R9", title: "health tells the truth", dev: "tests/faults/health.sh" },
];
