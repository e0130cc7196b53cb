#!/usr/bin/env bash
# slowhttptest in its four ways against the collector and against the proxy (trust.md P11): each slow client is closed, and
# others are served meanwhile. Usage: slow_clients.sh [SECONDS of each way]
set -euo pipefail
source "$(dirname "$0")/lib.sh"
source "$faults_dir/../lib/fresh_machine.sh"
install_programs slowhttptest=slowhttptest || { echo "0 passed, 1 failed"; exit 1; }
need node sqlite3 slowhttptest mktemp timeout
find_binary
make_work_dir
run_node 1800 "$faults_dir/slow_clients.mjs" --binary "$binary" --work "$work" --seconds "${1:-30}"
