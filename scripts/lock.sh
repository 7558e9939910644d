#!/usr/bin/env bash
# Pins the requirements anew: reads requirements/*.in and writes requirements/*.txt. Needs uv.
# Arguments are passed to uv, for example `--upgrade` or `--upgrade-package numpy`.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../requirements"

command -v uv > /dev/null || {
  echo 'lock.sh: expected uv on PATH, found none: install it with `pip install uv`' >&2
  exit 1
}

# pin LOCK INPUT...: one lock for Python 3.10 and newer on every platform, by markers
pin() {
  local lock="$1"
  shift
  uv pip compile --quiet --universal --python-version 3.10 --no-emit-index-url \
    --no-emit-find-links --custom-compile-command 'scripts/lock.sh' \
    --output-file "$lock" "$@"
}

pin test.txt runtime.in build.in test.in "$@"
pin runtime.txt runtime.in build.in --constraints test.txt "$@"
pin test-numpy1.txt runtime.in build.in test.in --constraints numpy1.in "$@"
pin runtime-numpy1.txt runtime.in build.in --constraints test-numpy1.txt "$@"
