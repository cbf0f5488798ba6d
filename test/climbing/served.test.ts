/** The proof that users are served is shown what turns them away. */
import { altered, withProperties } from '../support/assemblies';
import type { CloudAssembly } from '../support/cloud-assembly';
import { DOMAIN } from '../support/rungs';
import { type Context, synthesize } from '../support/synthesize';
import { outages, shutOut } from './served';
import { inOrder } from './steps';

const rung = (number: number, context: Context = DOMAIN): CloudAssembly =>
  synthesize({ stage: String(number), ...context });
const removed = () => ({});

describe('users get no answer', () => {
  it('from a load balancer that closes before the domain leads elsewhere', () => {
    expect(outages(rung(5), inOrder(rung(6), '-data', '-app', '-edge'))).toEqual([
      'after zero-to-million-us-east-1-app, the domain leads to what lets nobody in',
    ]);
  });

  it('through a CDN whose addresses nobody lets in', () => {
    expect(shutOut(altered(rung(6), 'AWS::EC2::SecurityGroupIngress', removed))).toEqual([
      'the domain leads to what lets nobody in',
    ]);
  });

  it('through a CDN that sends another secret than is accepted', () => {
    const conditions = [{ Field: 'http-header', HttpHeaderConfig: { Values: ['another'] } }];
    const after = altered(
      rung(6, {}),
      'AWS::ElasticLoadBalancingV2::ListenerRule',
      withProperties({ Conditions: conditions }),
    );
    expect(shutOut(after)).toEqual(['nothing lets users in']);
  });

  it('from nothing on the way down, in the order that the runbook tells', () => {
    const down = (context: Context) =>
      outages(rung(6, context), inOrder(rung(5, context), '-app', '-edge', '-data'));
    expect([down({}), down(DOMAIN)]).toEqual([[], []]);
  });

  it('while the secret of the CDN jumps by more than one', () => {
    expect(outages(rung(6), rung(6, { ...DOMAIN, originSecret: '3' }))).toEqual([
      'after zero-to-million-edge, the domain leads to what lets nobody in',
    ]);
  });
});
