#!/usr/bin/env bash
# The Datalyr protocol from outside: the real React Native SDK, clients that behave as the other SDKs, real Chromium.
#
#   tests/datalyr/run.sh              all of it
#   tests/datalyr/run.sh NAME...      only: react_native clients kill9 browser
#
# Each program can be run alone with options of its own (see the first lines of NAME.mjs), such as
# `HEARTH_BIN=target/release/hearth node tests/datalyr/kill9.mjs --cycles 100`. The last line is "N passed, M failed".
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../lib/binary.sh"
. "$here/../lib/node_modules.sh"

ALL=(react_native clients kill9 browser)
# No program may take longer, in seconds: a hang is a failure, not a wait.
PROGRAM_LIMIT_S=300

names=("$@")
if [ ${#names[@]} -eq 0 ]; then names=("${ALL[@]}"); fi
for name in "${names[@]}"; do
  case " ${ALL[*]} " in
    *" $name "*) ;;
    *)
      echo "unknown program: $name; programs: ${ALL[*]}" >&2
      exit 2
      ;;
  esac
done
if ! ensure_binary || ! ensure_node_modules; then
  echo "0 passed, 1 failed"
  exit 1
fi
CHROMIUM=$(command -v "${CHROMIUM:-chromium}" || command -v chromium-browser || command -v google-chrome || echo chromium)
export CHROMIUM

output=$(mktemp)
trap 'rm -f "$output"' EXIT
trap 'kill -TERM "${running:-}" 2>/dev/null; exit 130' INT TERM
passed=0
failed=0
for name in "${names[@]}"; do
  echo "--- $name"
  started=$SECONDS
  timeout --kill-after=10 "$PROGRAM_LIMIT_S" node "$here/$name.mjs" </dev/null >"$output" 2>&1 &
  running=$!
  wait "$running"
  status=$?
  cat "$output"
  last=$(grep -E '^[0-9]+ passed, [0-9]+ failed' "$output" | tail -1)
  of_it=$(sed -E 's/^[0-9]+ passed, ([0-9]+) failed.*/\1/' <<<"${last:-0 passed, 0 failed}")
  passed=$((passed + $(sed -E 's/^([0-9]+) passed.*/\1/' <<<"${last:-0 passed}")))
  # A program that broke off before its last line has failed as well.
  if [ "$status" -ne 0 ] && [ "$of_it" -eq 0 ]; then of_it=1; fi
  failed=$((failed + of_it))
  echo "--- $name: exit code $status after $((SECONDS - started)) s"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
