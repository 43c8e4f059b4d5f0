#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Shows the main use with the test portal on loopback: a token becomes AWS credentials, and the real
# AWS CLI uses them. It changes only a temporary folder.
#
#   BIN=path/to/duplojit tests/demo.sh

set -euo pipefail
export LC_ALL=C

tests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=${BIN:-$tests/../build/duplojit}
[[ $bin == /* ]] || bin=$PWD/$bin
python=${PYTHON:-python3}

fail() {
    echo "demo: $*" >&2
    exit 1
}

[[ -x $bin ]] || fail "$bin does not exist: run make first"
for tool in "$python" openssl aws; do
    command -v "$tool" >/dev/null || fail "needs $tool (Debian: apt install python3 openssl awscli)"
done
bin=$(cd "$(dirname "$bin")" && pwd)/$(basename "$bin")

work=$(mktemp -d -t duplojit-demo.XXXXXX)
cleanup() {
    local status=$?
    trap - EXIT
    [[ -n ${portal_pid:-} ]] && kill "$portal_pid" 2>/dev/null && wait "$portal_pid" 2>/dev/null
    rm -rf "$work"
    exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# A temporary home, and none of the caller's AWS, proxy or portal settings.
for name in $(compgen -e); do
    case $name in
        AWS_* | DUPLO_* | duplo_* | XDG_* | *_proxy | *_PROXY | SSL_CERT_* | CURL_CA_BUNDLE)
            unset "$name" ;;
    esac
done
export HOME=$work/home AWS_PAGER='' AWS_EC2_METADATA_DISABLED=true
mkdir "$HOME"

say() {
    printf '\n== %s\n' "$*"
}

# show WORDS…: prints a command as a user would type it.
show() {
    printf '$ %s\n' "$*"
}

# Hides secret values, although they are valid only for this portal.
mask() {
    sed -E 's/("(SecretAccessKey|SessionToken|ConsoleUrl)" *: *")[^"]*/\1********/g'
}

# field JSON NAME
field() {
    "$python" -c 'import json, sys; print(json.loads(sys.argv[1])[sys.argv[2]])' "$1" "$2"
}

# The number of requests to the portal since the last call.
requests() {
    "$python" - "$control/_control/log" <<'PY'
import json, sys, urllib.request
def ask(method):
    request = urllib.request.Request(sys.argv[1], method=method)
    return urllib.request.urlopen(request, timeout=10).read()
print(len(json.loads(ask("GET"))["requests"]))
ask("DELETE")
PY
}

# timed FILE COMMAND…: writes the output to FILE and sets $ms.
timed() {
    local out=$1 start=${EPOCHREALTIME/./} end
    shift
    "$@" >"$out"
    end=${EPOCHREALTIME/./}
    ms=$(((end - start) / 1000)).$((((end - start) % 1000) / 100))
}

say "A portal on loopback, with TLS and a user who may use two tenants"
mkfifo "$work/hold"
(cd "$tests" && exec "$python" -m portal --dir "$work/portal" --max-life 300 \
    --until-stdin-closes) <"$work/hold" >"$work/ready" &
portal_pid=$!
exec 9>"$work/hold" # closed when this script ends, which also ends the portal
for _ in {1..200}; do
    [[ -s $work/ready ]] && break
    kill -0 "$portal_pid" 2>/dev/null || fail "the portal did not start"
    sleep 0.05
done
ready=$(cat "$work/ready")
host=$(field "$ready" url)
ca=$(field "$ready" ca)
control=$(field "$ready" control)
token=$work/portal/token-user
echo "It listens at $host; the token is in a file that only you can read."

say "The tenants that the token's user may use"
export DUPLO_HOST=$host DUPLO_TOKEN_FILE=$token DUPLO_CA_FILE=$ca
echo "DUPLO_HOST, DUPLO_TOKEN_FILE and DUPLO_CA_FILE are set."
show "duplojit tenants"
"$bin" tenants

say "A profile for the AWS CLI"
unset DUPLO_HOST DUPLO_TOKEN_FILE DUPLO_CA_FILE # the profile must work without them
show "duplojit update-aws-config demo --host $host --tenant dev01" \
    "--token-file …/token-user --ca-file …/ca.pem"
"$bin" update-aws-config demo --host "$host" --tenant dev01 \
    --token-file "$token" --ca-file "$ca"
show "cat ~/.aws/config"
cat "$HOME/.aws/config"

say "Credentials: the first time from the portal, then from the cache"
options=(--host "$host" --tenant dev01 --token-file "$token" --ca-file "$ca")
requests >/dev/null
show "duplojit aws --tenant dev01"
timed "$work/cold" "$bin" aws "${options[@]}"
mask <"$work/cold"
echo "cold:   $ms ms, requests to the portal: $(requests)"
timed "$work/cached" "$bin" aws "${options[@]}"
asked=$(requests)
echo "cached: $ms ms, requests to the portal: $asked"
[[ $asked == 0 ]] || fail "the cached answer asked the portal"
cmp -s "$work/cold" "$work/cached" || fail "the cache gave other credentials"
key=$(field "$(cat "$work/cached")" AccessKeyId)

say "The AWS CLI reads them through credential_process"
if aws configure export-credentials --profile demo >"$work/exported" 2>"$work/errors"; then
    show "aws configure export-credentials --profile demo"
    mask <"$work/exported"
    grep -q "\"$key\"" "$work/exported" || fail "the AWS CLI has other credentials"
elif ! grep -qi "invalid choice" "$work/errors"; then
    cat "$work/errors" >&2
    fail "the AWS CLI got no credentials"
fi
show "aws sts get-caller-identity --profile demo --endpoint-url $control"
arn=$(aws sts get-caller-identity --profile demo --endpoint-url "$control" \
    --query Arn --output text)
echo "$arn"
[[ $arn == */duploservices-dev01/user ]] || fail "that is not tenant dev01"
echo "(The test portal acts as AWS here: it checked the signature of the request.)"

cat <<END

== It works. With your own portal, type next:
  ${bin#"$PWD"/} update-aws-config myportal --host https://PORTAL --tenant TENANT --token-file FILE
  aws s3 ls --profile myportal
  ${bin#"$PWD"/} help
END
