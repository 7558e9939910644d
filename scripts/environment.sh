#!/usr/bin/env bash
# Makes the virtual environment that the other scripts use, and prints the path of its Python.
#
#   scripts/environment.sh runtime|test [numpy1]
#
# runtime  what nitedr needs to run
# test     that and the test tools
# numpy1   the same with NumPy 1 as in ROS 2 Humble and Jazzy, Python 3.10 to 3.12, in .venv-numpy1
#
# Nothing is downloaded as long as the requirements, the Python and the place stay the same.
# NITEDR_PYTHON names the Python to use; without it, the first of python3, 3.13 ... 3.10 that works.
# On Debian and Ubuntu a missing Python is installed where the right to do so is there.
set -euo pipefail

say() { echo "environment: $*" >&2; }
fail() {
  say "$*"
  exit 1
}

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
level="${1:-}"
flavour="${2:-}"
case "$level" in
  runtime | test) ;;
  *) fail "expected 'runtime' or 'test', got '$level'" ;;
esac
case "$flavour" in
  '') venv="$root/.venv" suffix='' newest=13 ;;
  numpy1) venv="$root/.venv-numpy1" suffix='-numpy1' newest=12 ;;
  *) fail "expected nothing or 'numpy1' after '$level', got '$flavour'" ;;
esac

# A sourced ROS or conda must not leak its packages into the environment.
unset PYTHONPATH PYTHONHOME VIRTUAL_ENV
export PIP_DISABLE_PIP_VERSION_CHECK=1

# One at a time: the demo and the tests share the environment.
exec 9< "$root/scripts/environment.sh"
if command -v flock > /dev/null; then flock 9; fi

# usable PYTHON: it runs (a version manager's shim may not), fits, and can make environments
usable() {
  "$1" - "$newest" << 'PYTHON' > /dev/null 2>&1
import sys
import ensurepip
import venv

sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, int(sys.argv[1])))
PYTHON
}

find_python() {
  local candidate
  for candidate in python3 python3.13 python3.12 python3.11 python3.10 /usr/bin/python3; do
    if usable "$candidate"; then
      command -v "$candidate"
      return
    fi
  done
  return 1
}

install_python() {
  local wanted="Python 3.10 to 3.$newest with venv" sudo=()
  command -v apt-get > /dev/null ||
    fail "found no $wanted: install it, or name it with NITEDR_PYTHON=/path/to/python"
  if [ "$(id -u)" != 0 ]; then
    command -v sudo > /dev/null && sudo -n true 2> /dev/null ||
      fail "found no $wanted: run 'sudo apt-get install python3 python3-venv', then this again"
    sudo=(sudo -n)
  fi
  say 'installing python3 and python3-venv with apt-get'
  "${sudo[@]}" apt-get update -qq > /dev/null
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -qq -y --no-install-recommends python3 python3-venv ca-certificates > /dev/null
}

# The stamp of an environment says what it was made from; it is written last, so an environment
# that was interrupted, moved or made from other requirements has none that fits.
stamp_of() { # stamp_of LEVEL
  sha256sum < "$root/requirements/$1$suffix.txt"
  echo "$venv"
  local python
  for python in "$venv/bin/python" "${NITEDR_PYTHON:-$venv/bin/python}"; do
    "$python" -c 'import sys; print(sys.version)' 2> /dev/null || echo 'no Python'
  done
}

fresh() { # fresh LEVEL
  [ -f "$venv/nitedr-$1.stamp" ] && [ "$(stamp_of "$1")" = "$(cat "$venv/nitedr-$1.stamp")" ]
}

if ! fresh "$level" && ! { [ "$level" = runtime ] && fresh test; }; then
  # The tools go on top of a good runtime environment; anything else starts anew.
  if ! { [ "$level" = test ] && fresh runtime; }; then
    if [ -n "${NITEDR_PYTHON:-}" ]; then
      python="$NITEDR_PYTHON"
      usable "$python" || fail "expected NITEDR_PYTHON to name a Python 3.10 to 3.$newest with\
 venv and ensurepip, got '$python': correct or unset it"
    else
      python="$(find_python)" || {
        install_python
        python="$(find_python)" || fail "apt-get gave no Python 3.10 to 3.$newest with venv:\
 install one and name it with NITEDR_PYTHON=/path/to/python"
      }
    fi
    say "making ${venv##*/} with $("$python" --version), $python"
    rm -rf "$venv"
    "$python" -m venv "$venv"
  fi
  say "installing requirements/$level$suffix.txt (some 200 MB the first time)"
  "$venv/bin/python" -m pip install -qq --requirement "$root/requirements/$level$suffix.txt" >&2 ||
    fail "pip could not install requirements/$level$suffix.txt: check the network, then run again"
  stamp_of "$level" > "$venv/nitedr-$level.stamp"
fi

# The package itself is linked, so it only needs a new installation when its description changes.
described="$(cd "$root" && cat package.xml pyproject.toml setup.cfg setup.py | sha256sum)"
if [ "$(cat "$venv/nitedr-package.stamp" 2> /dev/null)" != "$described" ]; then
  "$venv/bin/python" -m pip install -qq --no-deps --no-build-isolation --editable "$root" >&2 ||
    fail 'pip could not install the package itself; its message is above'
  echo "$described" > "$venv/nitedr-package.stamp"
  say 'ready'
fi
echo "$venv/bin/python"
