#!/usr/bin/env bash
# Proves, without such a machine, that every pinned runtime requirement exists as a wheel for
# aarch64 (Jetson: Ubuntu 22.04, glibc 2.35) and x86-64. It asks the package index, so it needs
# the network; nothing is kept. Without arguments it checks every target below.
#
#   scripts/check_aarch64.sh [aarch64|x86_64]
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
only="${1:-}"

# lock, Python, architecture, newest glibc of the target
targets=(
  'runtime-numpy1 3.10 aarch64 35' # JetPack 6 and ROS 2 Humble
  'runtime-numpy1 3.12 aarch64 39' # ROS 2 Jazzy
  'runtime        3.10 aarch64 35'
  'runtime        3.11 aarch64 35'
  'runtime        3.12 aarch64 39'
  'runtime        3.13 aarch64 39'
  'runtime-numpy1 3.10 x86_64  35'
  'runtime-numpy1 3.12 x86_64  39'
  'runtime        3.10 x86_64  35'
  'runtime        3.11 x86_64  35'
  'runtime        3.12 x86_64  39'
  'runtime        3.13 x86_64  39'
)

python="$("$root/scripts/environment.sh" test)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

# pip reads environment markers for the machine that it runs on, so they are resolved here.
for_target() { # for_target LOCK PYTHON ARCHITECTURE
  "$python" - "$root/requirements/$1.txt" "$2" "$3" << 'PYTHON'
import sys
from pathlib import Path

from packaging.requirements import Requirement

lock, python, machine = sys.argv[1:]
target = {
    'implementation_name': 'cpython',
    'os_name': 'posix',
    'platform_machine': machine,
    'platform_python_implementation': 'CPython',
    'platform_system': 'Linux',
    'python_full_version': f'{python}.0',
    'python_version': python,
    'sys_platform': 'linux',
}
for line in Path(lock).read_text().splitlines():
    if line.strip() and not line.lstrip().startswith('#'):
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate(target):
            print(f'{requirement.name}{requirement.specifier}')
PYTHON
}

# pip holds Requires-Python against the Python that it runs on, so it is held against the target's.
refused() { # refused PYTHON: the wheels of the report that don't want this Python
  "$python" - "$work/report.json" "$1" << 'PYTHON'
import json
import sys
from pathlib import Path

from packaging.specifiers import SpecifierSet

report, python = sys.argv[1:]
for package in json.loads(Path(report).read_text())['install']:
    metadata = package['metadata']
    if not SpecifierSet(metadata.get('requires_python', '')).contains(f'{python}.99'):
        print(f"ERROR: {metadata['name']} {metadata['version']} wants Python "
              f"{metadata['requires_python']}")
PYTHON
}

failed=0
for target in "${targets[@]}"; do
  read -r lock version machine glibc <<< "$target"
  [ -z "$only" ] || [ "$only" = "$machine" ] || continue
  for_target "$lock" "$version" "$machine" > "$work/requirements.txt"
  # pip takes each platform literally, so all that such a machine accepts are listed.
  platforms=(--platform "manylinux2014_$machine")
  for minor in $(seq 17 "$glibc"); do
    platforms+=(--platform "manylinux_2_${minor}_$machine")
  done
  printf '%-14s  Python %-4s  %-7s  glibc 2.%s  ' "$lock" "$version" "$machine" "$glibc"
  if "$python" -m pip install --dry-run --quiet --ignore-installed --target "$work/target" \
    --no-deps --only-binary=:all: --ignore-requires-python --implementation cp \
    --python-version "$version" "${platforms[@]}" --report "$work/report.json" \
    --requirement "$work/requirements.txt" > "$work/log" 2>&1 &&
    refused "$version" > "$work/log" && [ ! -s "$work/log" ]; then
    echo "$(wc -l < "$work/requirements.txt") wheels"
  else
    echo 'NOT ALL EXIST'
    grep -E '^ERROR' "$work/log" || cat "$work/log"
    failed=1
  fi
done
exit "$failed"
