/**
 * What a server's process runs before its own code (clock.ts): SIGUSR2 sets its clock an hour ahead, the next one back. Node
 * tells the time by `Date` alone; timers go by a clock of their own, as they do on a machine whose clock is set.
 */

/** How far, in ms: more than any lifetime in the application that two machines compare. */
const AHEAD_MS = 3_600_000;

const RealDate = Date;
let ahead = 0;

process.on('SIGUSR2', () => {
  ahead = AHEAD_MS - ahead;
});

globalThis.Date = class Date extends RealDate {
  constructor(...given) {
    if (given.length === 0) {
      super(RealDate.now() + ahead);
    } else {
      super(...given);
    }
  }

  static now() {
    return RealDate.now() + ahead;
  }
};
