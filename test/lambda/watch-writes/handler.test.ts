/** Lambda's entry, as it is deployed: what it reads from its environment, and asks of AWS in which order. */
import type * as watchWrites from '../../../lambda/watch-writes/handler';
import {
  instance,
  parameters,
  type Services,
  startServices,
  wellAnswered,
} from '../promote-replica/aws-services';
import { WATCH_SETTINGS } from '../promote-replica/settings';

let services: Services;
let handler: typeof watchWrites.handler;
beforeAll(async () => {
  services = await startServices();
  // Nobody answers there.
  Object.assign(process.env, WATCH_SETTINGS, { DOMAIN_NAME: 'nobody.invalid' });
  ({ handler } = jest.requireActual<typeof watchWrites>('../../../lambda/watch-writes/handler'));
});
let lines: string[] = [];
beforeEach(() => {
  services.heard.length = 0;
  services.answer = wellAnswered;
  lines = [];
  jest.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    lines.push(String(chunk));
    return true;
  });
});
afterEach(() => {
  jest.restoreAllMocks();
});
afterAll(() => services.close());

const asked = () => services.heard.map(({ what, region }) => [what, region]);
const HEAD = `HEAD /${WATCH_SETTINGS.MARK_BUCKET}/${WATCH_SETTINGS.MARK_KEY}`;

/** The old region is back, and its database still takes writes. */
const back: typeof wellAnswered = (heard) => {
  switch (heard.what) {
    case HEAD:
      return { status: 200 };
    case 'DescribeDBInstances':
      return instance('available');
    case 'DescribeDBParameters':
      return parameters({ default_transaction_read_only: '0' });
    default:
      return wellAnswered(heard);
  }
};

test('where nothing was promoted it looks for the mark alone, and logs what it saw', async () => {
  await handler();
  expect(asked()).toEqual([[HEAD, 'eu-west-1']]);
  expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
    expect.objectContaining({ kind: 'unknown', msg: 'Writes through the domain' }),
  ]);
});

test('after a promotion it makes the old primary read-only, in its own region, and tells', async () => {
  services.answer = back;
  await handler();
  expect(asked()).toEqual([
    [HEAD, 'eu-west-1'],
    ['DescribeDBInstances', 'eu-west-1'],
    ['DescribeDBParameters', WATCH_SETTINGS.SOURCE_REGION],
    ['ModifyDBParameterGroup', WATCH_SETTINGS.SOURCE_REGION],
    ['Publish', 'eu-west-1'],
  ]);
});
