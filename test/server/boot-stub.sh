#!/bin/bash
# Stands, under their names, for the commands with which a server changes its machine or asks AWS. Appends each call to
# the file `calls` and keeps a small EC2 in the folder FAKE, one fact a file. Bash takes it for functions (BASH_ENV): to
# start a process for each of a boot's hundred commands would take longer than the boot.
stub_has() { [[ -e $FAKE/$1 ]]; }
stub_put() { printf '%s\n' "$2" >"$FAKE/$1"; }

# What follows answers in REPLY: a process for each answer would cost more than all else here.
# stub_look NAME [DEFAULT]: a fact.
stub_look() { if stub_has "$1"; then read -r -d '' REPLY <"$FAKE/$1" || true; else REPLY=${2:-None}; fi; }

# stub_option NAME ARGUMENT…: the value of that option.
stub_option() {
  local wanted=$1
  shift
  while (($# > 0)); do
    [[ $1 != "$wanted" ]] || break
    shift
  done
  REPLY=${2:-}
}

# stub_tell NAME: prints a fact.
stub_tell() {
  stub_look "$1"
  printf '%s\n' "$REPLY"
}

# stub_count NAME: one more.
stub_count() {
  stub_look "$1" 0
  REPLY=$((REPLY + 1))
  stub_put "$1" "$REPLY"
}

# An instance that shuts down is seen to twice before it is gone, and its volume free.
stub_look_at_instance() {
  stub_look "$1.state"
  [[ $REPLY == shutting-down ]] || return 0
  stub_count "$1.looks"
  if ((REPLY == 2)); then
    stub_put "$1.state" terminated
    stub_look volume.holder
    if [[ $REPLY == "$1" ]]; then
      rm "$FAKE/volume.holder" "$FAKE/volume.attachment"
      stub_put volume.state available
    fi
  fi
}

stub_amazon() {
  local state holder
  stub_option --query "$@"
  case "$1 $2 $REPLY" in
    'ec2 describe-volumes Volumes[0].[State,'*)
      stub_look volume.state
      state=$REPLY
      stub_look volume.holder
      holder=$REPLY
      stub_look volume.attachment
      printf '%s\t%s\t%s\n' "$state" "$holder" "$REPLY"
      if stub_has volume.attachment; then stub_put volume.attachment attached; fi
      ;;
    'ec2 describe-volumes Volumes[0].State') stub_tell volume.state ;;
    'ec2 describe-volumes Volumes[0].AvailabilityZone') stub_tell volume.zone ;;
    'ec2 describe-volumes Volumes[0].Attachments[0].InstanceId') stub_tell volume.holder ;;
    'ec2 describe-volumes Volumes[0].Tags[?Key=='*) stub_tell volume.generation ;;
    'ec2 describe-instances Reservations[0].Instances[0].LaunchTime')
      stub_option --instance-ids "$@"
      stub_tell "$REPLY.launched"
      ;;
    'ec2 describe-instances Reservations[0].Instances[0].State.Name')
      stub_option --instance-ids "$@"
      holder=$REPLY
      stub_tell "$holder.state"
      stub_look_at_instance "$holder"
      ;;
    'ec2 attach-volume '*)
      stub_put volume.state in-use
      stub_option --instance-id "$@"
      stub_put volume.holder "$REPLY"
      stub_put volume.attachment attaching
      mkdir -p "$ROOT/dev/disk/by-id"
      : >"$ROOT/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol0123"
      ;;
    'ec2 detach-volume '*)
      rm -f "$FAKE/volume.holder" "$FAKE/volume.attachment"
      stub_put volume.state available
      ;;
    'ec2 terminate-instances '*)
      stub_option --instance-ids "$@"
      stub_put "$REPLY.state" shutting-down
      ;;
    'autoscaling terminate-instance-in-auto-scaling-group '*)
      stub_option --instance-id "$@"
      stub_put "$REPLY.state" shutting-down
      ;;
    'ec2 create-tags '*) stub_put volume.generation "${call##*,Value=}" ;;
    'ec2 associate-address '*) ;;
    'secretsmanager get-secret-value SecretString')
      stub_option --secret-id "$@"
      stub_tell "$REPLY"
      ;;
    'elbv2 describe-target-health '*) stub_look_at_target ;;
    'acm export-certificate '*)
      stub_option --passphrase "$@"
      stub_export_certificate "$REPLY"
      ;;
    's3 cp '*) : >"${*: -1}" ;;
    *) return 1 ;;
  esac
}

# Healthy at the third look, unless a test says what it is.
stub_look_at_target() {
  stub_count target.looks
  if stub_has target.health; then
    stub_tell target.health
  elif ((REPLY < 3)); then
    echo initial
  else
    echo healthy
  fi
}

# As ACM does: the key encrypted under the caller's passphrase.
stub_export_certificate() {
  openssl pkcs8 -topk8 -v2 aes256 -in "$FAKE/tls.key" -passout "file:${1#fileb://}" -out "$FAKE/encrypted.key" &&
    jq -n --rawfile certificate "$FAKE/tls.crt" --rawfile key "$FAKE/encrypted.key" \
      '{Certificate: $certificate, CertificateChain: "", PrivateKey: $key}'
}

# As carry-over.js: opens the source, carries, closes it whatever happened, and says last what was wrong.
stub_carry_over() {
  local problem=''
  env >"$FAKE/carry-over.environment"
  unset PGPASSWORD
  "$SOURCE_OPEN" || problem='It could not be opened.'
  if stub_has carry-over.fails; then
    stub_look carry-over.fails
    problem=$REPLY
  fi
  "$SOURCE_CLOSE"
  [[ -z $problem ]] || {
    echo "carry-over failed: $problem"
    return 1
  }
}

# The last word before the path: `…/meta-data/instance-id` and so on.
stub_metadata() {
  case "${*: -1}" in
    */api/token) echo imds-token ;;
    */instance-id) echo i-new ;;
    */availability-zone) stub_tell zone ;;
    */readyz) ! stub_has never-ready ;;
    *) return 1 ;;
  esac
}

stub_run_as_postgres() {
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

# stub NAME ARGUMENT…: is called instead of the command of that name.
stub() {
  local name=$1 call="$*" package REPLY
  shift
  # A password in the environment is seen by whatever has it there.
  [[ -z ${PGPASSWORD:-} || ${PGPASSWORD@a} != *x* ]] || call+=' <sees PGPASSWORD>'
  printf '%s\n' "$call" >>"$FAKE/calls"
  stub_look failing 'no command'
  if [[ $call == "$REPLY"* ]]; then
    echo "$name: made to fail" >&2
    return 1
  fi
  case $name in
    aws) stub_amazon "$@" ;;
    curl) stub_metadata "$@" ;;
    node)
      if [[ $1 == */carry-over.js ]]; then
        stub_carry_over
      else
        exec node "$@"
      fi
      ;;
    rpm) for package in "${@:2}"; do stub_has "package.$package" || return 1; done ;;
    dnf)
      for package in "${@:4}"; do stub_put "package.$package" installed; done
      mkdir -p "$ROOT/etc/nginx" "$ROOT/etc/logrotate.d"
      ;;
    blkid)
      stub_has volume.signature || return 2
      stub_tell volume.signature
      ;;
    mkfs.xfs) stub_put volume.signature 'TYPE="xfs"' ;;
    mountpoint) stub_has mounted ;;
    mount) stub_put mounted yes ;;
    umount) rm "$FAKE/mounted" ;;
    runuser) stub_run_as_postgres ;;
    python3) cp -r "$FAKE/bundle/." "${*: -1}" ;;
    id) return 1 ;;
  esac
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
  # As a program.
  set -euo pipefail
  stub "${0##*/}" "$@"
else
  stub_look failing
  for command in $STUBBED; do
    # What is made to fail is a program all the same: bash would name a function's last line as what has failed.
    [[ $command != "${REPLY%% *}" ]] || continue
    # What fails within is no failure of the script that calls it.
    eval "$command() { local -; set +eE; stub $command \"\$@\"; }"
  done
  unset command REPLY
fi
