/** What a number of users makes of the settings, and what of them the planner is told. */
import type { Given } from '../../../lib/settings';
import { planned, settingOf } from '../../../lib/settings/planned';

describe('what the planner is told', () => {
  it('of nothing that was set is Virginia and Ireland, without a domain', () => {
    expect(settingOf({})).toEqual({
      region: 'us-east-1',
      furtherRegions: ['eu-west-1'],
      hasDomain: false,
      chosen: {},
      stage: undefined,
      without: [],
      needs: [],
    });
  });

  it('is where everything stands, what it stands on, and the sizes that were set', () => {
    const given: Given = {
      stage: 8,
      without: ['cache'],
      regions: ['eu-west-1', 'us-east-1', 'eu-north-1'],
      domainName: 'links.example.com',
      hostedZoneId: 'Z0123456789ABCDEFGHIJ',
      name: 'shop',
      users: 5,
      minServers: 3,
      drainQueues: ['kafka'],
    };
    expect(settingOf(given)).toEqual({
      region: 'eu-west-1',
      furtherRegions: ['us-east-1', 'eu-north-1'],
      hasDomain: true,
      chosen: { minServers: 3, drainQueues: ['kafka'] },
      stage: 8,
      without: ['cache'],
      needs: ['load-balancer', 'message-queue', 'data-centers'],
    });
  });

  it.each<Given>([{ domainName: 'links.example.com' }, { hostedZoneId: 'Z0123456789ABCDEFGHIJ' }])(
    'is no domain where there is but %j',
    (given) => {
      expect(settingOf(given).hasDomain).toBe(false);
    },
  );

  it('is no need of data centers where one region was set', () => {
    expect(settingOf({ regions: ['eu-west-1'] })).toMatchObject({
      region: 'eu-west-1',
      furtherRegions: [],
      needs: [],
    });
  });

  it('is no need of a rung whose setting was not set', () => {
    expect(settingOf({ replicas: undefined }).needs).toEqual([]);
  });
});

describe('a number of users', () => {
  it.each<readonly [string, Given]>([
    ['is not there', {}],
    ['is not there, beside a stage', { stage: 4 }],
    ['stands beside a stage that the ladder refuses', { users: 1, stage: 9 }],
    [
      'stands beside one that cannot do without what is left out',
      { users: 1, stage: 4, without: ['separate-database'] },
    ],
    [
      'stands beside a stage with a size that the planner does not know',
      { users: 1, stage: 3, serverInstanceType: 'm8g.large' },
    ],
  ])('that %s chooses nothing, and is no problem', (_what, given) => {
    expect(planned(given)).toStrictEqual({ settings: {} });
  });

  it('that cannot be planned for chooses nothing, and is a problem', () => {
    expect(planned({ users: 1, serverInstanceType: 'm8g.large' })).toEqual({
      settings: {},
      problem: {
        setting: 'users',
        what: 'They cannot be planned for. The planner knows no server of size m8g.large: lib/capacity/data/machines.json lists those that it does.',
        expected: 'What is not set is chosen among rungs that have what is set.',
        remedy: 'Set stage, or remove users.',
      },
    });
  });

  it.each<readonly [Given, Given]>([
    [{ users: 1 }, { stage: 1, without: [] }],
    [
      { users: 1, replicas: 3 },
      { stage: 4, replicas: 3 },
    ],
    [{ users: 1, priceClass: 'all' }, { stage: 6 }],
  ])('%j chooses the lowest rung that has what is set', (given, chosen) => {
    expect(planned(given).settings).toMatchObject(chosen);
  });

  it('sizes a stage that is set, and chooses none', () => {
    const { settings } = planned({ users: 50_000_000, stage: 4 });
    expect([settings.databaseStorageGiB, settings.stage]).toEqual([400, undefined]);
  });

  it('keeps the sizes that are set', () => {
    expect(planned({ users: 50_000_000, stage: 3, maxServers: 40 }).settings.maxServers).toBe(40);
  });

  it('that no rung can be deployed for is a problem', () => {
    expect(planned({ users: 1, regions: ['eu-west-1', 'us-east-1'] }).problem?.what).toBe(
      'They cannot be planned for. No rung can be deployed with these settings.',
    );
  });

  it('sizes what a stage leaves in', () => {
    const sizes = (without: Given['without']) => planned({ users: 50_000_000, stage: 8, without }).settings;
    expect(sizes(['data-centers', 'cache'])).not.toEqual(sizes(['data-centers']));
  });

  it.each<Given>([{}, { stage: 3 }])(
    'that breaks the planner is a fault of ours, which is not hidden: %j',
    (place) => {
      const given: Given = {
        ...place,
        users: 1,
        get regions(): never {
          throw new TypeError('broken');
        },
      };
      expect(() => planned(given)).toThrow('broken');
    },
  );
});
