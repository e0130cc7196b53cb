#!/usr/bin/env bash
# Kills Hearth with SIGKILL under load, again and again on one database, and compares what it acknowledged with what
# it kept (trust.md D1). Usage: kill9.sh [--cycles 60] [--connections 32] [--seed N]
set -euo pipefail
source "$(dirname "$0")/lib.sh"

need node sqlite3 mktemp timeout
find_binary
make_work_dir

cycles=60
previous=
for argument in "$@"; do
  if [ "$previous" = --cycles ]; then cycles=$argument; fi
  previous=$argument
done

run_node $((cycles * 10 + 60)) "$faults_dir/kill9.mjs" --binary "$binary" --work "$work" "$@"
