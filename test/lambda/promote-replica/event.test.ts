import { RESUME_EVENT } from '../../../contract/promotion';
import { readEvent } from '../../../lambda/promote-replica/event';

test('an empty event is an unforced order without a reason', () => {
  expect(readEvent({})).toEqual({ force: false, resume: false, reason: undefined });
});

test('a person forces, and says why', () => {
  expect(readEvent({ force: true, reason: 'us-east-1 is gone' })).toEqual({
    force: true,
    resume: false,
    reason: 'us-east-1 is gone',
  });
});

test('what the schedule sends goes on with what was begun', () => {
  expect(readEvent(RESUME_EVENT)).toEqual({ force: false, resume: true, reason: undefined });
});

test('an alarm’s own event is an unforced order whose reason is the alarm', () => {
  const alarmArn = 'arn:aws:cloudwatch:eu-west-1:123456789012:alarm:Gone';
  const event = {
    source: 'aws.cloudwatch',
    alarmArn,
    accountId: '123456789012',
    time: '2026-11-25T09:30:00.000+0000',
    region: 'eu-west-1',
    alarmData: { alarmName: 'Gone', state: { value: 'ALARM' } },
  };
  expect(readEvent(event)).toEqual({
    force: false,
    resume: false,
    reason: `The alarm ${alarmArn} went off.`,
  });
});

test.each([undefined, null, 'force', 1, true, [], [{ force: true }]])('%j is no event', (event) => {
  expect(() => readEvent(event)).toThrow('The event must be a JSON object');
});

test.each([
  ['a misspelled name', { forced: true }, 'There is no "forced".'],
  ['another case', { Force: true }, 'There is no "Force".'],
  ['a text instead of true', { force: 'true' }, '"force" must be true or false.'],
  ['a number instead of true', { resume: 1 }, '"resume" must be true or false.'],
  ['going on by force', { resume: true, force: true }, '"resume" goes on unforced: leave out "force".'],
  ['a reason that is no text', { reason: {} }, '"reason" must be a text of 500 characters at most.'],
  ['a reason too long', { reason: 'x'.repeat(501) }, '"reason" must be a text of 500 characters at most.'],
])('%s is refused', (_, event, sentence) => {
  expect(() => readEvent(event)).toThrow(sentence);
});

test('every problem is named at once', () => {
  expect(() => readEvent({ forced: true, force: 1, reason: 1 })).toThrow(
    'The event cannot be used. There is no "forced". "force" must be true or false. "reason" must be a text of 500 characters at most.',
  );
});

test.each([
  ['has an alarm’s name alone', { alarmArn: 'x' }, 'There is no "alarmArn".'],
  ['has an alarm’s source alone', { source: 'aws.cloudwatch' }, 'There is no "source".'],
  [
    'comes from elsewhere',
    { source: 'aws.events', alarmArn: 'x' },
    'There is no "source". There is no "alarmArn".',
  ],
  ['has a list for its reason', { reason: [] }, '"reason" must be a text of 500 characters at most.'],
])('what %s is no order', (_, event, sentence) => {
  expect(() => readEvent(event)).toThrow(new Error(`The event cannot be used. ${sentence}`));
});

test('a reason may have 500 characters', () => {
  expect(readEvent({ reason: 'x'.repeat(500) }).reason).toHaveLength(500);
});
