import type { DatabaseHealth } from './database';
import type { Session, Statement } from './sql';

const READ: Statement<object> = { name: 'health-read', text: 'SELECT 1 AS one' };

/** `transaction_read_only` also covers a primary that an operator has set read-only. */
const WRITABLE: Statement<{ writable: boolean }> = {
  name: 'health-writable',
  text: `SELECT NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off' AS writable`,
};

/** What one PostgreSQL says of itself. */
export function createDatabaseHealth(session: Session): DatabaseHealth {
  return {
    async canRead() {
      await session.query(READ, []);
    },
    async canWrite() {
      const [row] = await session.query(WRITABLE, []);
      return row?.writable === true;
    },
  };
}
