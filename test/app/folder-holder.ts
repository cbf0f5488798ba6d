/**
 * Holds a folder for a test, as a process of its own: says `held`, or why not, and then lives until it is ended. Its
 * heart beats quickly: `folder-holder.ts FOLDER BEAT-MS PATIENCE-MS`.
 */
import { lockFolder } from '../../app/adapters/folder-lock';

const [folder = '', beat, patience] = process.argv.slice(2);

const lock = lockFolder(folder, {
  beat: Number(beat),
  patience: Number(patience),
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
// The beat alone keeps no process alive.
setInterval(() => undefined, 60_000);
