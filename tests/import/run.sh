#!/usr/bin/env bash
# Imports what other programs have collected, and compares every answer with theirs.
#
#   tests/import/run.sh [FILE]...
#
# The real heat-collector (npm) makes its database and answers from it; it is installed with the packages of tests/bench.
# The last line is "N passed, M failed".
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../lib/binary.sh"
ensure_binary

bench="$here/../bench"
if ! cmp -s "$bench/package-lock.json" "$bench/node_modules/.installed-lock"; then
  (cd "$bench" && nice npm ci --no-audit --no-fund --loglevel=error >&2)
  cp "$bench/package-lock.json" "$bench/node_modules/.installed-lock"
fi

files=("$@")
if [ ${#files[@]} -eq 0 ]; then
  files=("$here"/*.test.mjs)
  # Counts for itself; here it is one test, by its exit code.
  if [ -e "$here/lines.mjs" ]; then files+=("$here/lines.mjs"); fi
fi
status=0
output=$(mktemp)
trap 'rm -f "$output"' EXIT
node --test --test-force-exit --test-concurrency=1 --test-reporter=spec "${files[@]}" 2>&1 | tee "$output" || status=1
count() { sed -n "s/^ℹ $1 //p" "$output" | tail -1; }
passed=$(count pass)
failed=$(($(count fail) + $(count cancelled)))
# A run that broke off before its summary has failed as well.
if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
echo "${passed:-0} passed, $failed failed"
exit "$status"
