#!/bin/sh
# Runs RabbitMQ beside a port mapper of its own: Erlang would start one for the whole machine, which outlives all that asked it.
# Neither is left when the other has ended.
#
# Arguments: the broker's command. The mapper's port and address stand in the environment.
epmd >/dev/null 2>&1 &
mapper=$!
"$@" &
broker=$!
trap 'kill -TERM "$broker"' TERM
# The first one ends when SIGTERM comes, the second one when the broker has followed it.
wait "$broker"
wait "$broker"
kill -KILL "$mapper"
