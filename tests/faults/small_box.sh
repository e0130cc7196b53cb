#!/usr/bin/env bash
# The soak on a small machine (trust.md R3): a control group with 256 MiB of memory, and one core. Usage: small_box.sh [MINUTES]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

group=
clean_up() {
  # Only an empty group can be removed; its processes have just ended.
  if [ -n "$group" ]; then for _ in 1 2 3 4 5; do rmdir "$group" 2>/dev/null && break; sleep 0.2; done; fi
}
trap clean_up EXIT
if [ -w /sys/fs/cgroup/memory ] && mkdir "/sys/fs/cgroup/memory/hearth-test-$$" 2>/dev/null; then
  group=/sys/fs/cgroup/memory/hearth-test-$$
  echo 256M >"$group/memory.limit_in_bytes"
elif [ -w /sys/fs/cgroup/cgroup.subtree_control ] && mkdir "/sys/fs/cgroup/hearth-test-$$" 2>/dev/null && [ -w "/sys/fs/cgroup/hearth-test-$$/memory.max" ]; then
  group=/sys/fs/cgroup/hearth-test-$$
  echo 256M >"$group/memory.max"
else
  echo "no control group can be made here" >&2
  echo "0 passed, 1 failed"
  exit 1
fi
"$here/../bench/run.sh" soak --minutes "${1:-60}" --share 0.25 --group "$group" --core 0
