#!/bin/bash
# Stands, under their names, for the commands with which a server changes its machine or asks AWS. Appends each call to
# the file `calls` and keeps a small EC2 in the folder FAKE, one fact a file.
set -euo pipefail
name=${0##*/}
call="$name${*:+ $*}"

has() { [[ -e $FAKE/$1 ]]; }
get() { if has "$1"; then echo "$(<"$FAKE/$1")"; else echo "${2:-None}"; fi; }
put() { printf '%s\n' "$2" >"$FAKE/$1"; }

# option NAME ARGUMENT…: the value of that option.
option() {
  local wanted=$1
  shift
  while (($# > 0)); do
    [[ $1 != "$wanted" ]] || break
    shift
  done
  echo "${2:-}"
}

# An instance that shuts down is seen to twice before it is gone, and its volume free.
look_at_instance() {
  local id=$1
  [[ $(get "$id.state") == shutting-down ]] || return 0
  put "$id.looks" $(($(get "$id.looks" 0) + 1))
  if (($(get "$id.looks") == 2)); then
    put "$id.state" terminated
    if [[ $(get volume.holder) == "$id" ]]; then
      rm "$FAKE/volume.holder" "$FAKE/volume.attachment"
      put volume.state available
    fi
  fi
}

aws() {
  local id
  case "$1 $2 $(option --query "$@")" in
    'ec2 describe-volumes Volumes[0].[State,'*)
      printf '%s\t%s\t%s\n' "$(get volume.state)" "$(get volume.holder)" "$(get volume.attachment)"
      if has volume.attachment; then put volume.attachment attached; fi
      ;;
    'ec2 describe-volumes Volumes[0].State') get volume.state ;;
    'ec2 describe-volumes Volumes[0].AvailabilityZone') get volume.zone ;;
    'ec2 describe-volumes Volumes[0].Attachments[0].InstanceId') get volume.holder ;;
    'ec2 describe-volumes Volumes[0].Tags[?Key=='*) get volume.generation ;;
    'ec2 describe-instances Reservations[0].Instances[0].LaunchTime') get "$(option --instance-ids "$@").launched" ;;
    'ec2 describe-instances Reservations[0].Instances[0].State.Name')
      id=$(option --instance-ids "$@")
      get "$id.state"
      look_at_instance "$id"
      ;;
    'ec2 attach-volume '*)
      put volume.state in-use
      put volume.holder "$(option --instance-id "$@")"
      put volume.attachment attaching
      mkdir -p "$ROOT/dev/disk/by-id"
      : >"$ROOT/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol0123"
      ;;
    'ec2 detach-volume '*)
      rm -f "$FAKE/volume.holder" "$FAKE/volume.attachment"
      put volume.state available
      ;;
    'ec2 terminate-instances '*) put "$(option --instance-ids "$@").state" shutting-down ;;
    'autoscaling terminate-instance-in-auto-scaling-group '*) put "$(option --instance-id "$@").state" shutting-down ;;
    'ec2 create-tags '*) put volume.generation "${call##*,Value=}" ;;
    'ec2 associate-address '*) ;;
    'secretsmanager get-secret-value SecretString') get "$(option --secret-id "$@")" ;;
    'elbv2 describe-target-health '*) look_at_target ;;
    'acm export-certificate '*) export_certificate "$(option --passphrase "$@")" ;;
    's3 cp '*) : >"${*: -1}" ;;
    *) return 1 ;;
  esac
}

# Healthy at the third look, unless a test says what it is.
look_at_target() {
  put target.looks $(($(get target.looks 0) + 1))
  if has target.health; then
    get target.health
  elif (($(get target.looks) < 3)); then
    echo initial
  else
    echo healthy
  fi
}

# As ACM does: the key encrypted under the caller's passphrase.
export_certificate() {
  openssl pkcs8 -topk8 -v2 aes256 -in "$FAKE/tls.key" -passout "file:${1#fileb://}" -out "$FAKE/encrypted.key"
  jq -n --rawfile certificate "$FAKE/tls.crt" --rawfile key "$FAKE/encrypted.key" \
    '{Certificate: $certificate, CertificateChain: "", PrivateKey: $key}'
}

# As carry-over.js: opens the source, carries, closes it whatever happened, and says last what was wrong.
carry_over() {
  local problem=''
  env >"$FAKE/carry-over.environment"
  unset PGPASSWORD
  "$SOURCE_OPEN" || problem='It could not be opened.'
  if has carry-over.fails; then
    problem=$(get carry-over.fails)
  fi
  "$SOURCE_CLOSE"
  [[ -z $problem ]] || {
    echo "carry-over failed: $problem"
    return 1
  }
}

# The last word before the path: `…/meta-data/instance-id` and so on.
metadata() {
  case "${*: -1}" in
    */api/token) echo imds-token ;;
    */instance-id) echo i-new ;;
    */availability-zone) get zone ;;
    */readyz) ! has never-ready ;;
    *) return 1 ;;
  esac
}

run_as_postgres() {
  local folder=''
  case "$call" in
    *' initdb '*)
      folder=${call##*--pgdata=}
      mkdir -p "${folder%% *}"
      echo 17 >"${folder%% *}/PG_VERSION"
      ;;
    *) cat >"$FAKE/psql.statements" ;;
  esac
}

# A password in the environment is seen by whoever has it there.
printf '%s\n' "$call${PGPASSWORD:+ <sees PGPASSWORD>}" >>"$FAKE/calls"
if has failing && [[ $call == "$(get failing)"* ]]; then
  echo "$name: made to fail" >&2
  exit 1
fi

case $name in
  aws) aws "$@" ;;
  curl) metadata "$@" ;;
  node)
    if [[ $1 == */carry-over.js ]]; then
      carry_over
    else
      exec node "$@"
    fi
    ;;
  rpm) for package in "${@:2}"; do has "package.$package"; done ;;
  dnf)
    for package in "${@:4}"; do put "package.$package" installed; done
    mkdir -p "$ROOT/etc/nginx" "$ROOT/etc/logrotate.d"
    ;;
  blkid) has volume.signature || exit 2; get volume.signature ;;
  mkfs.xfs) put volume.signature 'TYPE="xfs"' ;;
  mountpoint) has mounted ;;
  mount) put mounted yes ;;
  umount) rm "$FAKE/mounted" ;;
  runuser) run_as_postgres ;;
  python3) cp -r "$FAKE/bundle/." "${*: -1}" ;;
  sleep) exec /bin/sleep 0.02 ;;
  id) exit 1 ;;
esac
