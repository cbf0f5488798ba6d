#!/bin/sh
# Makes the database if there is none, and becomes the server. Of an empty database, where $ZERO_TO_MILLION_EMPTY_DATABASE
# names one, it takes a copy, or makes that one; the link makes a whole copy appear at once, and only when it is on disk.
#
# Arguments: a file with the superuser's password, the data folder, the password's name in there, initdb, the server's command.
password=$1 data=$2 kept=$3 initdb=$4
empty=${ZERO_TO_MILLION_EMPTY_DATABASE:-}
shift 4
if [ ! -f "$data/PG_VERSION" ] && [ -d "$empty" ]; then
  cp -R "$empty/." "$data" || exit
elif [ ! -f "$data/PG_VERSION" ]; then
  "$initdb" --pgdata="$data" --username=postgres --pwfile="$password" --auth=scram-sha-256 \
    --encoding=UTF8 --locale=C --no-sync && cp "$password" "$data/$kept" || exit
  if [ -n "$empty" ]; then
    # Another server may have been faster, or this user may not write there.
    { cp -R "$data" "$empty.$$" && sync && ln -sn "${empty##*/}.$$" "$empty"; } 2>/dev/null || rm -rf "$empty.$$"
  fi
fi
exec "$@"
