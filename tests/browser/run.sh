#!/usr/bin/env bash
# Drives the real heat-sdk in headless Chromium against Hearth and checks what the API then shows.
#
#   tests/browser/run.sh [FILE.test.mjs]...
#
# Needs Chromium (CHROMIUM names the program if it is not called chromium). The last line is "N passed, M failed".
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../lib/binary.sh"
. "$here/../lib/node_modules.sh"
ensure_binary
ensure_node_modules
CHROMIUM=$(command -v "${CHROMIUM:-chromium}" || command -v chromium-browser || command -v google-chrome) || {
  echo "missing: chromium" >&2
  echo "0 passed, 1 failed"
  exit 1
}
export CHROMIUM

files=("$@")
if [ ${#files[@]} -eq 0 ]; then files=("$here"/*.test.mjs); fi
status=0
output=$(mktemp)
trap 'rm -f "$output"' EXIT
# One browser at a time: small machines, and a busy one makes the tests slow rather than better.
node --test --test-concurrency=1 --test-reporter=spec "${files[@]}" 2>&1 | tee "$output" || status=1
count() { sed -n "s/^ℹ $1 //p" "$output" | tail -1; }
passed=$(count pass)
failed=$(($(count fail) + $(count cancelled)))
# A run that broke off before its summary has failed as well.
if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
echo "${passed:-0} passed, $failed failed"
exit "$status"
