import type { Position } from '../database';

/** Understands PostgreSQL's `pg_lsn` (`16/B374D848`: the upper and the lower 32 bits); 0 where there is none yet. */
export function toPosition(lsn: string | null): Position {
  const [upper = '', lower = ''] = (lsn ?? '0/0').split('/');
  return (BigInt(`0x${upper}`) << 32n) + BigInt(`0x${lower}`);
}
