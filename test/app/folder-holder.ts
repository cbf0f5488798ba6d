/**
 * Holds a folder for a test, as a process of its own: says `held`, or why not, and then lives until it is ended. Its
 * heart beats quickly: `folder-holder.ts FOLDER HEARTBEAT-MS STALE-AFTER-MS`.
 */
import { lockFolder } from '../../app/adapters/folder-lock';

const [folder = '', heartbeat, staleAfter] = process.argv.slice(2);

const lock = lockFolder(folder, {
  heartbeat: Number(heartbeat),
  staleAfter: Number(staleAfter),
  onLost: ({ message }) => {
    console.log(message);
    process.exit(3);
  },
});
lock.then(
  () => {
    console.log('held');
  },
  (error: unknown) => {
    console.log(String(error));
    process.exit(1);
  },
);
process.on('SIGTERM', () => {
  void lock.then((mine) => mine.release()).then(() => process.exit(0));
});
// The heartbeat alone keeps no process alive.
setInterval(() => undefined, 60_000);
