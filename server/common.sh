# shellcheck shell=bash disable=SC2034 # its variables are used where it is sourced
# Sourced by the other scripts: where things are, and how they wait.

set -euo pipefail

# Everything lies below ROOT: empty on a server, a folder in the tests.
ROOT="${ROOT:-}"
BUNDLE="$ROOT/opt/zero-to-million"
SETTINGS="$ROOT/etc/zero-to-million"
STATE="$ROOT/var/lib/zero-to-million"
LOGS="$ROOT/var/log/zero-to-million"
SYSTEMD="$ROOT/etc/systemd/system"
DATA="$ROOT/data"
PATH="$PATH:/opt/aws/bin:/opt/aws/amazon-cloudwatch-agent/bin"

# The database's files are of this major version; another one cannot read them.
POSTGRESQL_MAJOR=17

# The memory that a click worker may use, as its unit says.
CLICK_WORKER_MEGABYTES=256

# How long things may take, in seconds. A server that is terminated may take minutes to let go of its volume.
: "${VOLUME_SECONDS:=900}" "${READY_SECONDS:=300}" "${TARGET_SECONDS:=600}" "${COMMAND_SECONDS:=180}"

# shellcheck disable=SC1091 # written by user-data.sh
source "$SETTINGS/server.env"
export AWS_REGION AWS_DEFAULT_REGION="$AWS_REGION" AWS_PAGER='' ROOT

# On standard error, for what a function prints may be its answer.
say() {
  TZ=UTC printf '%(%FT%TZ)T %s\n' -1 "$*" >&2
}

# What was wrong, what was expected, what to do: the last line before the end, and what CloudFormation shows. The first
# to die knows the cause; whoever called it knows only that it died.
die() {
  [[ -s $STATE/failure ]] || echo "$*" >"$STATE/failure"
  say "FAILED: $*"
  exit 1
}

# wait_for SECONDS WHAT COMMAND…: repeats the command until it succeeds, with jitter, saying so each time.
wait_for() {
  local limit=$1 what=$2 start=$SECONDS
  shift 2
  until "$@"; do
    if ((SECONDS - start >= limit)); then
      die "$what: not within $limit s (the last try: $*)."
    fi
    say "$what: waiting ($((SECONDS - start)) of at most $limit s)"
    sleep "$((1 + RANDOM % 3)).$((RANDOM % 10))"
  done
}

# Everything over the network fails at times; on a server whose address changes under it, surely once.
retry() {
  wait_for "$COMMAND_SECONDS" "$1 ${2:-}" "$@"
}

# The instance metadata service, version 2 (a token first).
metadata() {
  local token
  token=$(curl -fsS -m 5 -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' http://169.254.169.254/latest/api/token) &&
    curl -fsS -m 5 -H "X-aws-ec2-metadata-token: $token" "http://169.254.169.254/latest/meta-data/$1"
}

# setting NAME: the application's setting of that name, empty if it has none.
setting() {
  sed -n "s/^$1=//p" "$SETTINGS/app.env" | tail -n 1
}

# field NAME: that member of the JSON object on standard input.
field() {
  "$BUNDLE/node" -e 'process.stdout.write(JSON.parse(require("fs").readFileSync(0, "utf8"))[process.argv[1]])' "$1"
}

# Packages of Amazon Linux, unless they are installed already.
install_packages() {
  rpm -q "$@" >/dev/null 2>&1 || retry dnf install -y -q "$@"
}
