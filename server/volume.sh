# shellcheck shell=bash
# Sourced: the data volume, which outlives every server and belongs to one at a time.

# Set each time a server is about to serve from the volume, so that a later rung knows what it carries over, and that
# there is something to carry. No tag: the volume never held anything.
GENERATION_TAG=zero-to-million:generation

# describe_volume QUERY: one fact about the data volume, `None` where there is none.
describe_volume() {
  aws ec2 describe-volumes --volume-ids "$DATA_VOLUME_ID" --output text --query "Volumes[0].$1"
}

# `None` where the volume never held anything.
volume_generation() {
  retry describe_volume "Tags[?Key=='$GENERATION_TAG'].Value | [0]"
}

launch_time() {
  aws ec2 describe-instances --instance-ids "$1" --output text --query 'Reservations[0].Instances[0].LaunchTime'
}

instance_state() {
  aws ec2 describe-instances --instance-ids "$1" --output text --query 'Reservations[0].Instances[0].State.Name'
}

is_leaving() {
  local state
  state=$(instance_state "$1") && [[ $state == shutting-down || $state == terminated ]] &&
    say "Server $1 holds the volume and is $state"
}

# claim_volume newest|any: attaches the volume to this server, evicting the server that holds it.
#
# newest  A newer server evicts an older one, never the other way round: the auto scaling group starts a server to take
#         an older one's place, and the older one, rebooted, must not take the volume back.
# any     For the carry-over, whose lock in the target database says which server may have the volume.
claim_volume() {
  wait_for "$VOLUME_SECONDS" "Volume $DATA_VOLUME_ID is attached here" volume_is_ours "$1"
  wait_for 60 "The volume's device appears" test -e "$(device_link)"
}

device_link() {
  echo "$ROOT/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${DATA_VOLUME_ID/-/}"
}

# One look and at most one move towards having it.
volume_is_ours() {
  local look state holder attachment
  look=$(describe_volume '[State,Attachments[0].InstanceId,Attachments[0].State]') || return 1
  read -r state holder attachment <<<"$look"
  if [[ $holder == "$INSTANCE_ID" ]]; then
    [[ $attachment == attached ]]
  elif [[ $state == available ]]; then
    aws ec2 attach-volume --volume-id "$DATA_VOLUME_ID" --instance-id "$INSTANCE_ID" --device /dev/sdf >/dev/null || true
    return 1
  elif [[ $holder != None ]]; then
    evict "$holder" "$1"
    return 1
  else
    return 1
  fi
}

# Terminated through EC2, a server shuts down in order: its database stops cleanly and takes no more writes.
evict() {
  local holder=$1 policy=$2 theirs ours
  is_leaving "$holder" && return
  theirs=$(launch_time "$holder") || return 0
  ours=$(launch_time "$INSTANCE_ID") || return 0
  if [[ $policy == newest && $theirs > $ours ]]; then
    die "Server $holder holds the volume and is newer ($theirs) than this one ($ours): this server is out of date and" \
      "serves no more. Terminate it."
  fi
  say "Server $holder holds the volume: terminating it"
  aws ec2 terminate-instances --instance-ids "$holder" >/dev/null || true
}

# signature_of DEVICE: what blkid finds on it (a file system, a partition table …), empty where it finds nothing: only
# then does it exit with 2, any other failure is one.
signature_of() {
  blkid --probe "$1" || [[ $? -eq 2 ]]
}

# Grows the file system to the volume, which may have been made larger.
mount_volume() {
  local device=$1
  mkdir -p "$DATA"
  mountpoint -q "$DATA" || mount -o noatime "$device" "$DATA"
  xfs_growfs "$DATA" >/dev/null
}

# A volume that ever held data is never formatted: one that cannot be read is for people to look at.
refuse_unreadable() {
  die "Volume $DATA_VOLUME_ID has held data (generation $1), but no file system is found on it. Expected XFS. Nothing was" \
    "changed. Make a volume from its latest snapshot; if it truly never held anything, delete its tag $GENERATION_TAG." \
    "See docs/runbook.md, \"The data volume\"."
}

tag_generation() {
  retry aws ec2 create-tags --resources "$DATA_VOLUME_ID" --tags "Key=$GENERATION_TAG,Value=$INSTANCE_ID-$(date +%s)"
}

detach_volume() {
  sync
  mountpoint -q "$DATA" && umount "$DATA"
  if [[ $(describe_volume 'Attachments[0].InstanceId') == "$INSTANCE_ID" ]]; then
    retry aws ec2 detach-volume --volume-id "$DATA_VOLUME_ID" >/dev/null
    wait_for 300 "Volume $DATA_VOLUME_ID is free" volume_is_free
  fi
}

volume_is_free() {
  [[ $(describe_volume State) == available ]]
}
