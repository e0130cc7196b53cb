#!/usr/bin/env bash
# Stops Hearth with SIGTERM under load, again and again on one database (trust.md D17): nothing acknowledged is lost, requests
# under way are answered, watchers are told, exit code 0. Usage: sigterm.sh [--cycles 20] [--connections 32]
set -euo pipefail
source "$(dirname "$0")/lib.sh"

need node sqlite3 mktemp timeout
find_binary
make_work_dir

cycles=20
previous=
for argument in "$@"; do
  if [ "$previous" = --cycles ]; then cycles=$argument; fi
  previous=$argument
done

run_node $((cycles * 20 + 120)) "$faults_dir/sigterm.mjs" --binary "$binary" --work "$work" "$@"
