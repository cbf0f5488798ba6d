import { readSettings } from '../../../lambda/protect-standing/settings';
import { SETTINGS } from './settings';

it('understands stacks with their regions, and databases', () => {
  expect(readSettings({ ...SETTINGS })).toEqual({
    own: { region: 'eu-west-1', stack: SETTINGS.OWN_STACK },
    others: [
      { region: 'eu-west-1', stack: 'shop-eu-west-1-app' },
      { region: 'us-east-1', stack: 'shop-edge' },
    ],
    databases: ['db-1'],
  });
});

it('takes no database, as at rung 1', () => {
  expect(readSettings({ ...SETTINGS, DATABASES: '' }).databases).toEqual([]);
});

it('lists everything that is wrong', () => {
  expect(() => readSettings({ OWN_STACK: 'shop', OTHER_STACKS: 'shop', DATABASES: 'db-1,' })).toThrow(
    'OWN_STACK must be the id of a stack. OTHER_STACKS must be stacks as region/name, separated by commas. DATABASES must be RDS’s identifiers, separated by commas.',
  );
});
