#!/bin/sh
# Creates a Python environment in DIR with the packages in REQUIREMENTS, once.
# usage: venv.sh DIR REQUIREMENTS
set -eu

dir=$1
requirements=$2
if cmp -s "$requirements" "$dir/installed" && "$dir/bin/python" -c '' 2>/dev/null; then
    exit 0
fi
# The first Python that can create one; python3 in PATH may be built without venv.
for python in python3 /usr/bin/python3; do
    "$python" -c 'import ensurepip, venv' >/dev/null 2>&1 && break
done
echo "setup: Python packages of $requirements into $dir" >&2
rm -rf "$dir"
"$python" -m venv "$dir"
"$dir/bin/python" -m pip install --quiet --disable-pip-version-check -r "$requirements"
cp "$requirements" "$dir/installed"
