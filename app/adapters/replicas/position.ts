import type { Position } from '../database';

/** Understands PostgreSQL's `pg_lsn` (`16/B374D848`: the upper and the lower 32 bits); 0 where there is none yet. */
export function toPosition(lsn: string | null): Position {
  return (lsn ?? '0/0').split('/').reduce((position, half) => (position << 32n) + BigInt(`0x${half}`), 0n);
}
