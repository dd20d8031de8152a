#!/usr/bin/env bash
# Make or update the virtual environment $VENV with the tested torch ($TORCH) and the package with its dev tools.
# A Python can be chosen with PYTHON=...; otherwise the first of 3.11, 3.12, 3.13 that runs is taken.
set -euo pipefail
cd "$(dirname "$0")/.."
VENV=${VENV:-.venv}
usable() { "$1" -c 'import sys; raise SystemExit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1; }

if ! usable "$VENV/bin/python"; then
    python=""
    for p in ${PYTHON:-python3.11 python3.12 python3.13 python3}; do
        if usable "$p"; then python=$p; break; fi
    done
    if [ -z "$python" ]; then
        echo "No usable Python among: ${PYTHON:-python3.11 python3.12 python3.13 python3}." >&2
        echo "The development tools need Python 3.11, 3.12 or 3.13. Install one (Debian or Ubuntu:" >&2
        echo "apt-get install python3 python3-venv) or name it: make test PYTHON=/path/to/python3.11" >&2
        exit 1
    fi
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        echo "$python cannot make virtual environments. On Debian or Ubuntu: apt-get install python3-venv" >&2
        echo "(for another Python than the system's: the package of that version, such as python3.12-venv)" >&2
        exit 1
    fi
    echo "Making $VENV with $($python --version). torch is large: the first time takes some minutes."
    "$python" -m venv --clear "$VENV"
fi
pip=("$VENV/bin/python" -m pip --disable-pip-version-check install --quiet)
read -ra torch <<<"${TORCH:-torch torchvision}"
"${pip[@]}" "${torch[@]}"
"${pip[@]}" 'setuptools>=77' wheel
"${pip[@]}" --no-build-isolation -e '.[dev]'
