#!/usr/bin/env bash
# Sends the bytes of the proxy cases (framing, smuggling, upgrades, broken upstreams, slow clients) to Hearth and
# judges what reached the upstream and what the client got.
#
#   tests/conformance/proxy.sh [--cases FILE] [--only CASE,..] [--verbose]
#
# Hearth runs with its defaults. Cases for Hearth's own routes go to its own listener, all others to the proxy.
# Each failure is one line; the last line is "N passed, M failed"; the exit code is 0 only without failures.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../lib/binary.sh"
ensure_binary
exec node "$here/proxy.mjs" "$@"
