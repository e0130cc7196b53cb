#!/usr/bin/env bash
# Replays the heat-collector corpus against Hearth and compares every answer with the recorded one.
#
#   tests/conformance/heat.sh [--corpus FILE]... [--config NAME] [any other option of corpus/heat_diff.mjs]
#
# Hearth is started once per server configuration that the corpus uses, on an empty database each time.
# The last line is "N passed, M failed"; the exit code is 0 only without failures.
set -euo pipefail

# Scenarios whose recorded answer embodies a defect that Hearth does not copy (heat-collector.md 9). Where the
# corpus also records what the documentation promises (defect:null-origin), that answer is checked instead.
SKIPPED_TAGS="defect:dedupe defect:session-collision defect:too-many-rows defect:ip-hash defect:offset-overflow"

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../lib/binary.sh"
ensure_binary
skips=()
for tag in $SKIPPED_TAGS; do skips+=(--skip-tag "$tag"); done
exec node "$here/heat.mjs" --accept-documented "${skips[@]}" "$@"
