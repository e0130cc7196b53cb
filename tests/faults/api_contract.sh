#!/usr/bin/env bash
# schemathesis against the API, by Hearth's own description of it (trust.md I4): every answer is one that the description
# knows, nothing is a 5xx. Usage: api_contract.sh [EXAMPLES of each operation]
set -euo pipefail
source "$(dirname "$0")/lib.sh"

need node python3 mktemp timeout
find_binary
make_work_dir

# Of the user's own, so that a second run does not install again.
venv=${XDG_CACHE_HOME:-$HOME/.cache}/hearth-tests/schemathesis-4
if [ ! -x "$venv/bin/schemathesis" ]; then
  python3 -m venv "$venv" && "$venv/bin/pip" install --quiet 'schemathesis>=4.3,<5' || { echo "schemathesis cannot be installed" >&2; echo "0 passed, 1 failed"; exit 1; }
fi
run_node 3600 "$faults_dir/api_contract.mjs" --binary "$binary" --work "$work" --schemathesis "$venv/bin/schemathesis" --examples "${1:-200}"
