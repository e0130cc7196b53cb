#!/usr/bin/env bash
# Sends hostile inputs to Hearth and checks the class of each answer, and that the process shrugs them off.
#
#   tests/conformance/bad_inputs.sh [--cases FILE] [--surface NAME,..] [--only CASE,..] [--verbose]
#
# Each failure is one line "FAIL name: why"; the last line is "N passed, M failed". Cases for surfaces that
# Hearth does not have yet are counted apart as skipped.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../lib/binary.sh"
ensure_binary
exec node "$here/bad_inputs.mjs" "$@"
