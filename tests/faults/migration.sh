#!/usr/bin/env bash
# Kills upgrades of an old file (trust.md D12). Usage: migration.sh [--rows 200000] [--kills 10] [--schema 1]
set -euo pipefail
source "$(dirname "$0")/lib.sh"

need node sqlite3 strace mktemp timeout
find_binary
make_work_dir

run_node 1800 "$faults_dir/migration.mjs" --binary "$binary" --work "$work" "$@"
