#!/bin/bash
# Turns a fresh machine into a server, and brings it up again after a reboot (zero-to-million-boot.service runs it then).
# `main`, at the end, is the story; every step may be run twice.
set -Eeuo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
source ./common.sh
source ./volume.sh
source ./database.sh

doing='starting'

# step WHAT FUNCTION…: names what is being done, for the log and for the reason of a failure.
step() {
  rm -f "$STATE/failure"
  doing=$1
  say "== $doing"
  shift
  "$@"
}

# Tells CloudFormation, once: later boots are nobody's deployment.
signal() {
  local success=$1 reason=$2
  [[ -e $STATE/signalled ]] && return
  cfn-signal --success "$success" --reason "$reason" --stack "$STACK_NAME" --resource "$SIGNAL_RESOURCE" \
    --region "$AWS_REGION" || say 'CloudFormation takes no signal: no deployment waits for this server'
  touch "$STATE/signalled"
}

on_exit() {
  local code=$? reason
  ((code != 0)) || return 0
  reason="$(cat "$STATE/failure" 2>/dev/null || echo "$failed_at")"
  signal false "Failed while $doing: ${reason:0:300}"
  # User data runs once, so a server that the group made outside a deployment would stay down. Not where there may be
  # something to carry over: carried after its failure was told, it would come while the deployment rolls back.
  if [[ $DATABASE_ON_SERVER == true || -z $DATA_VOLUME_ID ]]; then
    systemctl start --no-block zero-to-million-boot.service || say 'It is not tried again'
  fi
}

failed_at='no command'
# Expands nothing, so it can show no secret.
trap 'failed_at="line $LINENO: $BASH_COMMAND"' ERR
trap on_exit EXIT

prepare() {
  mkdir -p "$SYSTEMD"
  install -m 0644 units/zero-to-million-boot.service "$SYSTEMD/"
  systemctl daemon-reload
  systemctl enable zero-to-million-boot.service
  INSTANCE_ID=$(retry metadata instance-id)
  ZONE=$(retry metadata placement/availability-zone)
  id -u app >/dev/null 2>&1 || useradd --system --no-create-home --shell /sbin/nologin app
}

install_all_packages() {
  local packages=(nodejs24 amazon-cloudwatch-agent logrotate)
  if [[ $DATABASE_ON_SERVER == true ]]; then
    packages+=("postgresql$POSTGRESQL_MAJOR-server")
  fi
  if [[ -n $CERTIFICATE_ARN ]]; then
    packages+=(nginx openssl)
  fi
  install_packages "${packages[@]}"
  # Amazon Linux names each Node by its major version; plain `node` is whichever was installed first.
  ln -sf "$(command -v node-24 || command -v node)" "$BUNDLE/node"
}

# Rung 1. The tag is set before anything is written: whoever sees no tag may believe that there never was any data.
open_volume() {
  local device generation signature
  claim_volume newest
  device=$(device_link)
  generation=$(volume_generation)
  signature=$(signature_of "$device")
  if [[ -z $signature && $generation != None ]]; then
    refuse_unreadable "$generation"
  elif [[ -z $signature ]]; then
    tag_generation
    say 'Formatting the new volume'
    mkfs.xfs -q "$device"
    mount_volume "$device"
  else
    mount_volume "$device"
    refuse_other_major
    tag_generation
  fi
}

run_database() {
  make_database
  configure_database
  start_database ''
  make_role
}

# Rungs above 1. What the old server's volume holds, if anything, is carried over before this server may serve.
carry_over() {
  local generation zone secret user password reason in_zone=false
  generation=$(volume_generation)
  if [[ $generation == None ]]; then
    say 'The volume never held data: nothing to carry over'
    return
  fi
  zone=$(retry describe_volume AvailabilityZone)
  if [[ $zone == "$ZONE" ]]; then
    in_zone=true
  fi
  secret=$(read_secret "$(setting DATABASE_SECRET_ARN)")
  # The credentials go to this one process, through its environment: no argument, no file, no log has them.
  user=$(field username <<<"$secret")
  password=$(field password <<<"$secret")
  PGUSER=$user PGPASSWORD=$password \
    TARGET_URL=$(setting DATABASE_URL) NODE_EXTRA_CA_CERTS=$(setting NODE_EXTRA_CA_CERTS) \
    SOURCE_URL='postgresql://postgres@localhost/app?host=%2Frun%2Fpostgresql' \
    SOURCE_OPEN="$BUNDLE/open-source.sh" SOURCE_CLOSE="$BUNDLE/close-source.sh" \
    SOURCE_EVICT="$BUNDLE/evict-source.sh" GENERATION=$generation IN_VOLUME_ZONE=$in_zone \
    "$BUNDLE/node" "$BUNDLE/carry-over.js" | tee "$STATE/carry-over" || {
    reason=$(sed -n 's/^carry-over failed: //p' "$STATE/carry-over")
    die "${reason:-The old database was not carried over: $LOGS/boot.log says why.}"
  }
}

read_secret() {
  retry aws secretsmanager get-secret-value --secret-id "$1" --query SecretString --output text
}

claim_address() {
  retry aws ec2 associate-address --allocation-id "$ADDRESS_ALLOCATION_ID" --instance-id "$INSTANCE_ID" \
    --allow-reassociation >/dev/null
}

serve_tls() {
  "$BUNDLE/certificate.sh"
  install -m 0644 nginx.conf "$ROOT/etc/nginx/nginx.conf"
  install -m 0644 units/certificate.service units/certificate.timer "$SYSTEMD/"
  systemctl daemon-reload
  systemctl enable --now certificate.timer
  nginx -t -q
  systemctl restart nginx.service
}

watch() {
  install -m 0644 logrotate.conf "$ROOT/etc/logrotate.d/zero-to-million"
  mkdir -p "$SYSTEMD/logrotate.timer.d"
  install -m 0644 units/logrotate-hourly.conf "$SYSTEMD/logrotate.timer.d/hourly.conf"
  systemctl daemon-reload
  systemctl enable --now logrotate.timer
  sed "s|LOG_GROUP|$LOG_GROUP|; s|METRIC_NAMESPACE|$METRIC_NAMESPACE|" cloudwatch-agent.json >"$SETTINGS/cloudwatch-agent.json"
  amazon-cloudwatch-agent-ctl -a fetch-config -m ec2 -s -c "file:$SETTINGS/cloudwatch-agent.json"
}

# The line of CACHE_URL, with the user and the password of its secret in it; CDK tells the address alone. A cache only
# saves time, and a server that asks the database instead is better than none: so a cache whose secret cannot be read is
# done without, and its address kept as a comment for the next boot.
cache_setting() {
  local address secret user password
  address=$(sed -nE 's|^#?CACHE_URL=rediss://([^@]*@)?||p' "$SETTINGS/app.env" | tail -n 1)
  if secret=$(read_secret "$CACHE_SECRET_ARN") && user=$(field username <<<"$secret") &&
    password=$(field password <<<"$secret"); then
    echo "CACHE_URL=rediss://$user:$password@$address"
  else
    rm -f "$STATE/failure"
    say 'WITHOUT THE CACHE: its secret cannot be read. It is tried again at the next boot.'
    echo "#CACHE_URL=rediss://$address"
  fi
}

# The settings of CDK, and those that only the server knows. Read by systemd, as root, for the application.
write_application_settings() {
  local token='' cache='' known='SERVER_ID|ADMIN_TOKEN|NODE_OPTIONS' draft
  if [[ -n $CACHE_SECRET_ARN ]]; then
    cache=$(cache_setting)
    known+='|#?CACHE_URL'
  fi
  if [[ -n $ADMIN_TOKEN_SECRET_ARN ]]; then
    token=$(read_secret "$ADMIN_TOKEN_SECRET_ARN")
  fi
  draft=$(mktemp "$SETTINGS/app.env.XXXXXX")
  chmod 0600 "$draft"
  {
    grep -vE "^($known)=" "$SETTINGS/app.env" || true
    echo "SERVER_ID=$INSTANCE_ID"
    echo "NODE_OPTIONS=--max-old-space-size=$(heap_megabytes)"
    [[ -z $token ]] || echo "ADMIN_TOKEN=$token"
    [[ -z $cache ]] || echo "$cache"
  } >"$draft"
  mv "$draft" "$SETTINGS/app.env"
}

# A process for each core shares the memory: half of it, or three quarters where no database lives here; the rest is for
# the operating system, its file cache and what Node keeps outside the heap. What click workers may use is theirs.
heap_megabytes() {
  local memory percent=75 workers
  workers=$(click_workers | wc -w)
  memory=$(($(memory_megabytes) - workers * CLICK_WORKER_MEGABYTES))
  if [[ $DATABASE_ON_SERVER == true ]]; then
    percent=50
  fi
  echo $((memory * percent / 100 / $(nproc)))
}

start_application() {
  write_application_settings
  install -m 0644 units/app.service "$SYSTEMD/"
  systemctl daemon-reload
  systemctl restart app.service
}

# The kinds of queues whose clicks are counted here: those in brokers. SQS's are counted by a function.
click_workers() {
  [[ -z ${RABBITMQ_URL:-} ]] || echo rabbitmq
  [[ -z ${KAFKA_URL:-} ]] || echo kafka
}

# Another user than the application's, with no more than it needs to know: the database, and its queue.
start_click_workers() {
  local kind
  id -u click-worker >/dev/null 2>&1 || useradd --system --no-create-home --shell /sbin/nologin click-worker
  install -m 0644 units/click-worker@.service "$SYSTEMD/"
  systemctl daemon-reload
  for kind in $(click_workers); do
    write_click_worker_settings "$kind"
    systemctl restart "click-worker@$kind.service"
  done
}

write_click_worker_settings() {
  local draft
  draft=$(mktemp "$SETTINGS/click-worker.env.XXXXXX")
  chmod 0600 "$draft"
  {
    grep -E '^(DATABASE_URL|DATABASE_REPLICA_URLS|DATABASE_SECRET_ARN|NODE_EXTRA_CA_CERTS)=' "$SETTINGS/app.env"
    case $1 in
      rabbitmq)
        echo "CLICK_QUEUE_URL=$RABBITMQ_URL"
        echo "CLICK_QUEUE_SECRET_ARN=$RABBITMQ_SECRET_ARN"
        ;;
      kafka) echo "CLICK_QUEUE_URL=$KAFKA_URL" ;;
    esac
    echo "SERVER_ID=$INSTANCE_ID"
    echo "NODE_OPTIONS=--max-old-space-size=$((CLICK_WORKER_MEGABYTES / 2))"
  } >"$draft"
  mv "$draft" "$SETTINGS/click-worker-$1.env"
}

is_ready() {
  curl -fsS -m 5 -o /dev/null "http://127.0.0.1:$(setting PORT)/readyz"
}

# The target group's word counts, not ours: it decides whether users reach this server.
is_in_service() {
  local state
  state=$(aws elbv2 describe-target-health --target-group-arn "$TARGET_GROUP_ARN" --targets "Id=$INSTANCE_ID" \
    --output text --query 'TargetHealthDescriptions[0].TargetHealth.State') && [[ $state == healthy ]]
}

main() {
  step 'preparing' prepare
  step 'installing packages' install_all_packages
  if [[ $DATABASE_ON_SERVER == true ]]; then
    step 'claiming the volume' open_volume
    step 'starting the database' run_database
  elif [[ -n $DATA_VOLUME_ID ]]; then
    step 'carrying the old database over' carry_over
  fi
  if [[ -n $ADDRESS_ALLOCATION_ID ]]; then
    step 'claiming the address' claim_address
  fi
  if [[ -n $CERTIFICATE_ARN ]]; then
    step 'serving TLS' serve_tls
  fi
  step 'shipping logs and metrics' watch
  step 'starting the application' start_application
  if [[ -n $(click_workers) ]]; then
    step 'starting click workers' start_click_workers
  fi
  step 'waiting until it is ready' wait_for "$READY_SECONDS" 'The application answers /readyz' is_ready
  if [[ -n $TARGET_GROUP_ARN ]]; then
    step 'waiting for the target group' wait_for "$TARGET_SECONDS" 'The target group calls this server healthy' is_in_service
  fi
  say 'Serving'
  signal true 'The server serves.'
}

mkdir -p "$STATE" "$LOGS"
exec > >(tee -a "$LOGS/boot.log") 2>&1
main
