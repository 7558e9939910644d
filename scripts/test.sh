#!/usr/bin/env bash
# Runs the linters, the type checker and the tests; arguments after --numpy1 go to pytest.
#
#   scripts/test.sh [--numpy1] [PYTEST ARGUMENT ...]
#
# --numpy1  with NumPy 1, as in ROS 2 Humble and Jazzy
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
cd "$root"

flavour=()
if [ "${1:-}" = --numpy1 ]; then
  flavour=(numpy1)
  shift
fi
python="$(scripts/environment.sh test "${flavour[@]}")"
bin="${python%/*}"
export PATH="$bin:$PATH" VIRTUAL_ENV="${bin%/*}"
version="$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')"

# ROS packages hold compiled modules, so they serve only the Python that they were built for.
if [ -z "${ROS_DISTRO:-}" ]; then
  for setup in /opt/ros/*/setup.bash; do
    [ -f "$setup" ] || continue
    if compgen -G "${setup%/*}/lib/python$version/site-packages" > /dev/null; then
      echo "test: sourcing $setup"
      set +u
      source "$setup"
      set -u
      break
    fi
    echo "test: NOT USING ROS at ${setup%/*}: it is not for Python $version (name its Python" \
      'with NITEDR_PYTHON and run again), so its tests are skipped'
  done
elif [ -n "${PYTHONPATH:-}" ] && [[ "$PYTHONPATH" != *"python$version"* ]]; then
  echo "test: IGNORING the sourced ROS $ROS_DISTRO: it is not for Python $version, so its tests" \
    'are skipped'
  unset PYTHONPATH
fi

"$python" -c 'import rclpy' 2> /dev/null ||
  echo 'test: NO ROS 2 HERE: the tests of the live node and of the launch files are skipped'

echo "test: ruff, mypy, import-linter with Python $version"
"$python" -m ruff check .
"$python" -m ruff format --check .
if [ "$version" = 3.10 ] || [ "${#flavour[@]}" != 0 ]; then
  echo 'test: NOT RUNNING mypy: the NumPy of Python 3.10, and NumPy 1, type their arrays too coarsely'
else
  "$python" -m mypy
fi
"$bin/lint-imports"
# Plugins that happen to be there, as ROS 2 Humble's, may not fit this pytest: only one is wanted.
export PYTEST_DISABLE_PLUGIN_AUTOLOAD=1
pytest=("$python" -m pytest -p _hypothesis_pytestplugin)
if [ "$#" != 0 ]; then
  "${pytest[@]}" "$@"
else
  # ROS's libraries keep threads and signal handlers: they get a process of their own.
  "${pytest[@]}" --ignore test/node --ignore test/launch
  "${pytest[@]}" test/node test/launch
fi
