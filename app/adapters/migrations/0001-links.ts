import type { Migration } from './migration';

/**
 * `version` counts what a redirect depends on (not clicks): a cache may compare it. `code` is compared as bytes: its
 * order means nothing to people, and an index that follows no language survives an update of the system's collations.
 *
 * `click_batches` is there for servers of 1.0.0 and before alone, which count by it; today's count by `counted_clicks`
 * (docs/decisions/click-queue/a-click-has-one-id.md). A later version drops it.
 */
export const links: Migration = {
  number: 1,
  name: 'links',
  oldestCompatible: 1,
  script: `
    CREATE TABLE links (
      code text COLLATE "C" PRIMARY KEY,
      url text NOT NULL,
      alias boolean NOT NULL,
      created_at timestamptz NOT NULL DEFAULT now(),
      expires_at timestamptz,
      deleted_at timestamptz,
      clicks bigint NOT NULL DEFAULT 0,
      version bigint NOT NULL DEFAULT 1
    );
    CREATE TABLE idempotency_keys (
      key text COLLATE "C" PRIMARY KEY,
      fingerprint text NOT NULL,
      code text COLLATE "C" NOT NULL,
      expires_at timestamptz NOT NULL
    );
    CREATE INDEX idempotency_keys_expires_at ON idempotency_keys (expires_at);
    CREATE TABLE click_batches (
      id uuid PRIMARY KEY,
      applied_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE INDEX click_batches_applied_at ON click_batches (applied_at);
  `,
};
