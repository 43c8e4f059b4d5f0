#!/bin/sh
# Checks the workflows with actionlint, which `go install` builds in O/actionlint. actionlint checks
# their scripts with shellcheck. Without Go nothing is checked, unless ACTIONLINT_REQUIRED is set.
# Also checks that each action is pinned by a commit, and each workflow limits its permissions.
# usage: workflows.sh O
set -eu
export LC_ALL=C

cd "$(dirname "$0")/.."
version=v1.7.12
mkdir -p "$1/actionlint"
bin=$(cd "$1/actionlint" && pwd)
files=$(find .github/workflows -name '*.yml' | sort)
status=0

# shellcheck disable=SC2086 # names of files without blanks
if grep -nE '^[ -]*uses:' $files action.yml /dev/null | grep -vE '@[0-9a-f]{40} # v[0-9.]+$'; then
    echo "workflows: these actions are not pinned by a commit with its version as comment"
    status=1
fi
for file in $files; do
    if ! grep -q '^permissions:$' "$file" || ! grep -q '^  contents: read$' "$file"; then
        echo "workflows: $file does not limit its permissions to contents: read"
        status=1
    fi
done

if [ ! -x "$bin/$version" ]; then
    if ! command -v go >/dev/null && [ -z "${ACTIONLINT_REQUIRED:-}" ]; then
        echo "workflows: actionlint is skipped, because Go is not installed"
        exit $status
    fi
    GOBIN=$bin CGO_ENABLED=0 go install "github.com/rhysd/actionlint/cmd/actionlint@$version"
    mv "$bin/actionlint" "$bin/$version"
fi
"$bin/$version" -color=false || status=1
exit $status
