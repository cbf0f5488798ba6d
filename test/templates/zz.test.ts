import { REPORT_ONLY, findings } from '../support/findings';
import { withApplication } from '../support/synthesize';
it.each([{}, { sandbox: 'true', domainName: 'links.example.com', hostedZoneId: 'Z0123456789ABCDEFGHIJ', regions: 'eu-west-1' }])('x', (context) => {
  expect(withApplication({ stage: '6', ...context } as never, { context: REPORT_ONLY }, findings)).toEqual([]);
});
