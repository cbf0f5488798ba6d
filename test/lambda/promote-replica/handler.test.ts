/** Lambda's entry, as it is deployed: what it reads from its environment, and asks of AWS in which order. */
import type * as promoteReplica from '../../../lambda/promote-replica/handler';
import { createLock } from '../../../lambda/promote-replica/aws';
import { createBucket, instance, type Services, startServices, wellAnswered } from './aws-services';
import { SETTINGS } from './settings';

let services: Services;
let handler: typeof promoteReplica.handler;
beforeAll(async () => {
  services = await startServices();
  // Nobody answers there.
  Object.assign(process.env, SETTINGS, { DOMAIN_NAME: 'nobody.invalid' });
  ({ handler } = jest.requireActual<typeof promoteReplica>('../../../lambda/promote-replica/handler'));
});
beforeEach(() => {
  services.heard.length = 0;
  services.answer = wellAnswered;
  jest.spyOn(process.stdout, 'write').mockReturnValue(true);
});
afterEach(() => {
  jest.restoreAllMocks();
});
afterAll(() => services.close());

const LOCK = `/${SETTINGS.MARK_BUCKET}/promotion-lock`;
const MARK = `/${SETTINGS.MARK_BUCKET}/${SETTINGS.MARK_KEY}`;
const asked = () => services.heard.map(({ what }) => what);

/** So much time is left at the first question, and so much from then on, in ms. */
const lasting = (first: number, then: number) => {
  let time = first;
  return {
    getRemainingTimeInMillis: () => {
      const now = time;
      time = then;
      return now;
    },
  };
};

test('the schedule’s event looks for the mark, and without one does nothing', async () => {
  const { outcome } = await handler({ resume: true }, lasting(900_000, 900_000));
  expect(outcome).toBe('nothing begun');
  expect(asked()).toEqual([`HEAD ${MARK}`]);
});

test('a forced order marks, then promotes, and tells what became of it', async () => {
  let promoted = false;
  services.answer = (heard) => {
    promoted ||= heard.what === 'PromoteReadReplica';
    return promoted && heard.what === 'DescribeDBInstances' ? instance('modifying') : wellAnswered(heard);
  };
  const times = [900_000, 900_000];
  const { outcome } = await handler({ force: true }, { getRemainingTimeInMillis: () => times.shift() ?? 0 });
  expect(outcome).toBe('waiting');
  expect(asked()).toEqual([
    `PUT ${LOCK}`,
    'DescribeDBInstances',
    `PUT ${MARK}`,
    'PromoteReadReplica',
    `DELETE ${LOCK}`,
    'Publish',
  ]);
  expect(services.heard[3]?.fields).toMatchObject({
    DBInstanceIdentifier: SETTINGS.DATABASE_ID,
    BackupRetentionPeriod: SETTINGS.BACKUP_DAYS,
  });
}, 20_000);

test('an instance that is no replica any more is marked, whatever is asked', async () => {
  services.answer = (heard) =>
    heard.what === 'DescribeDBInstances' ? instance('available') : wellAnswered(heard);
  const { outcome } = await handler({ force: true }, lasting(900_000, 0));
  expect(outcome).toBe('waiting');
  expect(asked()).toEqual([
    `PUT ${LOCK}`,
    'DescribeDBInstances',
    `PUT ${MARK}`,
    'DescribeDBInstances',
    `DELETE ${LOCK}`,
    'Publish',
  ]);
});

test('while another invocation promotes, nothing is done, and nobody told', async () => {
  const bucket = createBucket();
  services.answer = (heard) =>
    heard.what.includes('/promotion-lock') ? bucket.answer(heard) : wellAnswered(heard);
  await createLock({ bucket: SETTINGS.MARK_BUCKET, key: 'promotion-lock' }).take();
  services.heard.length = 0;
  const { outcome } = await handler({ force: true }, lasting(900_000, 900_000));
  expect(outcome).toBe('under way');
  expect(asked()).toEqual([`PUT ${LOCK}`, `GET ${LOCK}`]);
});
