# Chores. `just` without a name lists them; continuous integration runs .ci/run.

_default:
    @just --list

# Start the appliance; a new database prints its key and token.
run *ARGS:
    cargo run --release --locked -- {{ ARGS }}

# Show a sample shop with made-up history, and the dashboard that watches it.
demo *ARGS:
    cargo run --release --locked -- demo {{ ARGS }}

# Run every test, or only the steps named; installs what is missing.
test *STEPS:
    tests/run.sh {{ STEPS }}

# Format the Rust code.
fmt:
    cargo fmt

# Check format, lints, and the licences and sources of dependencies; needs cargo-deny.
lint:
    cargo fmt --check
    cargo clippy --release --all-targets --locked -- -D warnings
    cargo deny --locked check bans licenses sources

# Check dependencies against the RustSec database; needs cargo-deny and a network.
audit:
    cargo deny --locked check advisories

# Measure beside the real heat-collector (ingest, heatmap, storage, startup, limit), beside nginx (proxy), beside a file
# of a hundredth (traffic), or all.
bench NAME *ARGS:
    tests/bench/run.sh {{ NAME }} {{ ARGS }}

# Replay the recorded conversations of heat-collector and of the Datalyr SDKs, then hostile inputs, then what attacks or
# breaks a proxy.
conformance:
    tests/conformance/heat.sh
    tests/conformance/datalyr.sh
    tests/conformance/bad_inputs.sh
    tests/conformance/proxy.sh

# The Datalyr SDKs, the proxy between real clients and real or misbehaving apps, and the live events.
exchanges:
    tests/datalyr/run.sh
    tests/proxy/run.sh
    tests/live/run.sh

# The rows of the trust programme (docs/trust.md), all or those named: `just faults D1,D5`.
faults *ROWS:
    tests/faults/run.sh {{ ROWS }}

# Write the documentation of the code to target/doc.
doc:
    cargo doc --no-deps --document-private-items --locked

# Make every package, in target/packages; then show on a fresh Debian that they do what they should (needs root).
packages:
    packaging/build.sh
    packaging/test.sh
