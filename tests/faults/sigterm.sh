#!/usr/bin/env bash
# Stops Hearth with SIGTERM under load, again and again on one database (trust.md D17): nothing acknowledged is lost, requests
# under way are answered, watchers are told, exit code 0. Usage: sigterm.sh [--times 20] [--connections 32]
set -euo pipefail
source "$(dirname "$0")/lib.sh"

need node sqlite3 mktemp timeout
find_binary
make_work_dir
run_node 600 "$faults_dir/sigterm.mjs" --binary "$binary" --work "$work" "$@"
