#!/bin/bash
# Run by carry-over.js: takes the volume from whichever server has it and starts the old database, read-only.
# May be run again where an earlier run was cut off.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
source ./common.sh
source ./volume.sh
source ./database.sh

main() {
  INSTANCE_ID=$(retry metadata instance-id)
  install_packages "postgresql$POSTGRESQL_MAJOR-server"
  claim_volume any
  local signature
  signature=$(signature_of "$(device_link)")
  [[ -n $signature ]] || refuse_unreadable "$(volume_generation)"
  mount_volume "$(device_link)"
  refuse_other_major
  [[ -e $DATABASE_FILES/PG_VERSION ]] || die "The volume holds no database in $DATABASE_FILES. Nothing was changed." \
    "If it never held one, delete its tag $GENERATION_TAG: docs/runbook.md, \"Carry-over\"."
  configure_database
  start_database '-c default_transaction_read_only=on'
}

main
