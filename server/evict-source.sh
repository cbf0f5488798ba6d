#!/bin/bash
# Run by carry-over.js on a server that cannot attach the volume, once nobody has carried it over for a while: has the
# server that holds it replaced by one that can.
#
# A jump from rung 1 to 3 needs it. The old server stands in the volume's zone, so the auto scaling group, which balances
# zones, may start the new ones in the other; without the old server its next one stands in the volume's zone. The group
# must terminate it: its health checks are suspended during a deployment, so it would not miss what EC2 terminates.
#
# Safe though nobody carries yet: the old database stops cleanly and keeps every write. Users wait until the new server
# has carried. If none comes, the deployment fails and rolls back to rung 1, whose server claims the volume and serves.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
source ./common.sh
source ./volume.sh

main() {
  local holder
  INSTANCE_ID=$(retry metadata instance-id)
  holder=$(retry describe_volume 'Attachments[0].InstanceId')
  if [[ $holder == None ]]; then
    say 'No server holds the volume: one that can carry it must be on its way'
  elif is_leaving "$holder"; then
    return
  elif [[ $(launch_time "$holder") > $(launch_time "$INSTANCE_ID") ]]; then
    say "Server $holder holds the volume and is newer than this one: it carries"
  else
    say "Server $holder holds the volume: having it replaced"
    aws autoscaling terminate-instance-in-auto-scaling-group --instance-id "$holder" \
      --no-should-decrement-desired-capacity >/dev/null
  fi
}

main
