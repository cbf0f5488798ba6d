#!/bin/bash
# Run by carry-over.js: stops the old database and lets the volume go. Does nothing where nothing is open.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
source ./common.sh
source ./volume.sh

main() {
  INSTANCE_ID=$(retry metadata instance-id)
  if [[ -e $SYSTEMD/postgresql.service ]]; then
    systemctl stop postgresql.service
  fi
  detach_volume
}

main
