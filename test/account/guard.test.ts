/** A forgotten setting takes nothing away: the real command line and the real guard, over a stand-in for an account. */
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { handler } from '../../lambda/guard/handler';
import { REGIONS } from '../../lib/regions';
import { DOMAIN } from '../support/rungs';
import { type Context, synthesize } from '../support/synthesize';
import { type Account, startAccount } from './account';
import { cdk } from './command-line';

const environment = { ...process.env };
let account: Account;
beforeEach(async () => {
  account = await startAccount({
    functions: {
      'Custom::Guard': async (event) => {
        // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- the stand-in's events are CloudFormation's
        await handler(event as unknown as CloudFormationCustomResourceEvent);
        return undefined;
      },
    },
  });
  Object.assign(process.env, account.environment, { REGIONS: REGIONS.join(',') });
  jest.spyOn(process.stdout, 'write').mockReturnValue(true);
});
afterEach(async () => {
  jest.restoreAllMocks();
  process.env = { ...environment };
  await account.close();
});

const deployed = (context: Context) => cdk(account, context, 'deploy', '--all');

/** Deploys it without a command line, for that takes seconds. */
async function stands(context: Context): Promise<void> {
  for (const [name, template] of synthesize(context)) {
    const region = /-([a-z]+-[a-z]+-\d)-/.exec(name)?.[1] ?? 'us-east-1';
    expect([name, await account.deploy(region, name, template)]).toEqual([name, 'CREATE_COMPLETE']);
  }
}

/** What was done to resources since a line of the journal, but for the guard's own. */
const done = (from: number): readonly string[] =>
  account.journal
    .slice(from)
    .filter(({ type }) => type !== 'AWS::CloudFormation::Stack')
    .filter(({ logicalId }) => !logicalId.startsWith('Guard'))
    .map(({ logicalId, status }) => `${logicalId} ${status}`);

const HIGH: Context = { stage: '4', sandbox: 'true', ...DOMAIN };

describe('a deployment that forgets settings', () => {
  let from: number;
  beforeEach(async () => {
    await stands(HIGH);
    from = account.journal.length;
  });

  it.each([
    [
      'the stage',
      { sandbox: 'true', ...DOMAIN },
      'separate-database, load-balancer and database-replication',
    ],
    ['the domain', { stage: '4', sandbox: 'true' }, 'links.example.com'],
    ['all of them', {}, 'separate-database, load-balancer, database-replication and links.example.com'],
  ])(
    '%s fails with what would go and what to add to mean it, and touches nothing',
    async (_what, context, names) => {
      const { code, said } = await deployed(context);
      expect(code).toBe(1);
      expect(said).toContain(`These settings leave out ${names}, which this deployment has.`);
      expect(said).toContain('-c allowRemoval=');
      expect(done(from)).toEqual([]);
    },
  );

  it('the region does not begin a second deployment elsewhere', async () => {
    const { code, said } = await deployed({ ...HIGH, regions: 'eu-west-1' });
    expect(code).toBe(1);
    expect(said).toContain('These settings leave out us-east-1, which this deployment has.');
    const made = account.lives.filter(({ region }) => region === 'eu-west-1').map(({ type }) => type);
    expect(made).toEqual([]);
  });

  it('and means it, by allowRemoval, goes down', async () => {
    const lower = { ...HIGH, stage: '3', allowRemoval: 'database-replication' };
    expect(await deployed(lower)).toMatchObject({ code: 0 });
    const replicas = account.lives.filter(({ properties }) => 'SourceDBInstanceIdentifier' in properties);
    expect(replicas).toEqual([]);
  });

  it('fails for another reason and is taken back, though that takes away what it added', async () => {
    account.faults.push({ logicalId: /^CacheAlarms/, on: 'CREATE' });
    expect(await deployed({ ...HIGH, stage: '5' })).toMatchObject({ code: 1 });
    expect(account.stack('us-east-1', 'zero-to-million-us-east-1-data')?.status).toBe(
      'UPDATE_ROLLBACK_COMPLETE',
    );
  });
});
