# shellcheck shell=bash
# Sourced: PostgreSQL on this server, out of the data volume.

DATABASE_FILES="$DATA/postgresql/$POSTGRESQL_MAJOR"

# Refuses files of another major version: PostgreSQL would not start on them, and a fresh database beside them would
# look like lost data.
refuse_other_major() {
  local file
  for file in "$DATA"/postgresql/*/PG_VERSION; do
    if [[ -e $file && $(<"$file") != "$POSTGRESQL_MAJOR" ]]; then
      die "The volume holds a database of PostgreSQL $(<"$file"), expected $POSTGRESQL_MAJOR. Nothing was changed." \
        "Upgrade it with pg_upgrade: docs/runbook.md, \"The data volume\"."
    fi
  done
}

# A database is made beside its place and moved there whole: interrupted, nothing half-made is ever taken for one.
# Collation is PostgreSQL's own: were it the operating system's, a newer image could sort otherwise and break indexes.
make_database() {
  [[ -e $DATABASE_FILES/PG_VERSION ]] && return
  say 'Making a new database'
  mkdir -p "$DATA/postgresql"
  chown postgres:postgres "$DATA/postgresql"
  rm -rf "$DATABASE_FILES.new"
  runuser -u postgres -- initdb --pgdata="$DATABASE_FILES.new" --data-checksums --encoding=UTF8 --auth=peer \
    --locale-provider=builtin --builtin-locale=C.UTF-8 --locale=C
  mv "$DATABASE_FILES.new" "$DATABASE_FILES"
}

# Settings live outside the volume: they are this release's, not the data's. Sizes are in MB.
# A quarter of the memory for shared buffers is the manual's advice.
configure_database() {
  local memory
  memory=$(memory_megabytes)
  cat >"$SETTINGS/postgresql.conf" <<END
data_directory = '$DATABASE_FILES'
hba_file = '$SETTINGS/pg_hba.conf'
ident_file = '$SETTINGS/pg_ident.conf'
listen_addresses = ''
unix_socket_directories = '/run/postgresql'
max_connections = 100
shared_buffers = $((memory / 4))MB
effective_cache_size = $((memory / 2))MB
maintenance_work_mem = $((memory / 16))MB
work_mem = 4MB
random_page_cost = 1.1
wal_compression = on
log_destination = 'stderr'
log_min_duration_statement = 1000
END
  cp "$BUNDLE/pg_hba.conf" "$BUNDLE/pg_ident.conf" "$SETTINGS/"
  chmod 0644 "$SETTINGS/postgresql.conf" "$SETTINGS/pg_hba.conf" "$SETTINGS/pg_ident.conf"
  install -m 0644 "$BUNDLE/units/postgresql.service" "$SYSTEMD/postgresql.service"
  systemctl daemon-reload
}

memory_megabytes() {
  awk '/^MemTotal:/ { print int($2 / 1024) }' /proc/meminfo
}

# start_database OPTIONS: as on postgres's command line; empty for none.
start_database() {
  mkdir -p "$ROOT/run/zero-to-million"
  echo "POSTGRESQL_OPTIONS=$1" >"$ROOT/run/zero-to-million/postgresql.env"
  systemctl restart postgresql.service
}

# The role `app` has no password: PostgreSQL believes the operating system that the user is `app`.
make_role() {
  runuser -u postgres -- psql -X -q -v ON_ERROR_STOP=1 --dbname=postgres <<'END'
SELECT 'CREATE ROLE app LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'app') \gexec
SELECT 'CREATE DATABASE app OWNER app' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'app') \gexec
END
}
