#!/usr/bin/env bash
# The conformance cases of the Datalyr protocol (datalyr.md chapter 12), and all captured requests of the real SDKs,
# against a real Hearth.
#
#   tests/conformance/datalyr.sh [--only NUMBER|replay,..] [--verbose]
#
# Case 40 needs a clock that can be moved: it is a test of tests/api/track_cases.rs. Each failure is one line
# "FAIL case NN title: why"; the last line is "N passed, M failed"; the exit code is 0 only without failures.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../lib/binary.sh"
ensure_binary
exec node "$here/datalyr.mjs" "$@"
