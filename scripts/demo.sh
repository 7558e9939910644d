#!/usr/bin/env bash
# Makes a short synthetic night drive in rain, runs nitedr over it and shows what came out.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"

python="$("$root/scripts/environment.sh" runtime)"
nitedr="${python%/*}/nitedr"
mkdir -p "$root/demo"

"$nitedr" synth "$root/demo/drive" --seconds 6 --force
"$nitedr" replay "$root/demo/drive" "$root/demo/result" --force
