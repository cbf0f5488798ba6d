#!/bin/sh
# Runs a server for the process that started this, and does what standard input says, a line at a time: `NUMBER ORDER`, where
# an order is start, stop, or a signal for all of the server's processes. Ends the server when standard input closes: the
# kernel closes it even if the parent is killed with SIGKILL. `sh` and not Node: it starts in a millisecond.
#
# The server's log passes through a pipe that all of the server's processes hold open, so the pipe's end is the server's end
# (a process id says less: where nothing reaps orphans, a dead process keeps its id). Everything is said on one stream, so
# that "ended" and the answer to an order cannot overtake each other.
#
# `pgrep` finds the server's other processes, since PostgreSQL puts each into a process group of its own. The first process is
# halted before the list is taken, so that none is missed. A server that does not follow a signal gets the next one after 10 s.
#
# Arguments: the server's folder, the signals that ask it to end (the gentlest first), its command.
folder=$1 ends_at=$2 pid='' log=''
shift 2
trap 'rm -rf "$folder"; kill -KILL 0' EXIT
trap '' PIPE
mkfifo "$folder/log" || exit

say() { printf '\nsupervisor: %s\n' "$1"; }
running() { [ -n "$log" ] && kill -0 "$log"; }
signal_all() {
  kill -STOP "$pid"
  # shellcheck disable=SC2046 # one word a process
  kill "-$1" "$pid" $(pgrep -P "$pid")
}
wait_for_end() {
  tries=0
  while running && [ "$tries" -lt 200 ]; do
    sleep 0.05
    tries=$((tries + 1))
  done
}
start() {
  { cat || cat >/dev/null; say ended; } <"$folder/log" &
  log=$!
  "$@" </dev/null >"$folder/log" 2>&1 &
  pid=$!
}
stop() {
  running && signal_all CONT
  for signal in $ends_at; do
    running && kill "-$signal" "$pid" && wait_for_end
  done
  running && signal_all KILL && wait_for_end
}

exec 2>/dev/null
while read -r number order; do
  case $order in
    start) start "$@" ;;
    stop) stop ;;
    *) running && signal_all "$order" ;;
  esac
  say "$number $pid"
done
stop
