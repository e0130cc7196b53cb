#!/usr/bin/env bash
# Watches Hearth live, with ws and an unmodified socket.io-client, while batches and requests come in.
#
#   tests/live/run.sh [FILE.test.mjs]...
#
# The last line is "N passed, M failed".
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../lib/binary.sh"
. "$here/../lib/node_modules.sh"
ensure_binary
ensure_node_modules

files=("$@")
if [ ${#files[@]} -eq 0 ]; then files=("$here"/*.test.mjs); fi
status=0
output=$(mktemp)
trap 'rm -f "$output"' EXIT
# One file at a time: a thousand watchers of one would slow down the others. A test that failed may leave connections
# open; they must not keep the run from ending.
node --test --test-force-exit --test-concurrency=1 --test-reporter=spec "${files[@]}" 2>&1 | tee "$output" || status=1
count() { sed -n "s/^ℹ $1 //p" "$output" | tail -1; }
passed=$(count pass)
failed=$(($(count fail) + $(count cancelled)))
# A run that broke off before its summary has failed as well.
if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
echo "${passed:-0} passed, $failed failed"
exit "$status"
