#!/usr/bin/env bash
# Drives real pages in headless Chromium against Hearth: the SDKs (this folder) and the dashboard (dashboard/).
#
#   tests/browser/run.sh [--grep NAME] [FILE.test.mjs | FOLDER]...
#
# Without files: this folder; with --grep and no files, dashboard/ as well. NAME is a part of a test's name, as a regular
# expression. Needs Chromium (CHROMIUM names the program if it is not called chromium). The last line is "N passed, M failed".
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../lib/binary.sh"
. "$here/../lib/node_modules.sh"

grep=
files=()
while [ $# -gt 0 ]; do
  case $1 in
    --grep)
      grep=${2:?"--grep NAME"}
      shift
      ;;
    -*)
      sed -n '2,7s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
      exit 2
      ;;
    *) if [ -d "$1" ]; then files+=("$1"/*.test.mjs); else files+=("$1"); fi ;;
  esac
  shift
done
if [ ${#files[@]} -eq 0 ]; then
  files=("$here"/*.test.mjs)
  if [ -n "$grep" ]; then files+=("$here"/dashboard/*.test.mjs); fi
fi
options=(--test-concurrency=1 --test-reporter=spec)
if [ -n "$grep" ]; then options+=("--test-name-pattern=$grep"); fi

ensure_binary
ensure_node_modules
CHROMIUM=$(command -v "${CHROMIUM:-chromium}" || command -v chromium-browser || command -v google-chrome) || {
  echo "missing: chromium" >&2
  echo "0 passed, 1 failed"
  exit 1
}
export CHROMIUM

status=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# The dashboard's world is seeded once in a run; see dashboard/world.mjs.
export HEARTH_TEST_WORLD="$work/world"
# One browser at a time: small machines, and a busy one makes the tests slow rather than better.
node --test "${options[@]}" "${files[@]}" 2>&1 | grep --line-buffered -v "# test name does not match pattern" | tee "$work/output" || status=1
count() { sed -n "s/^ℹ $1 //p" "$work/output" | tail -1; }
passed=$(count pass)
failed=$(($(count fail) + $(count cancelled)))
# A run that broke off before its summary has failed as well.
if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then failed=1; fi
echo "${passed:-0} passed, $failed failed"
exit "$status"
