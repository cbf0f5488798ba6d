import { assemblyOf, read } from '../support/assemblies';
import type { Resource } from '../support/cloud-assembly';
import { interruptions } from './interruptions';

describe('while a climb is under way', () => {
  const group = (rules: readonly unknown[] = []): Resource => ({
    Type: 'AWS::EC2::SecurityGroup',
    Properties: { SecurityGroupIngress: rules },
  });
  const rung = (data: Record<string, Resource>, outputs: Record<string, unknown>, reading: string) =>
    assemblyOf({
      data: { resources: data, outputs },
      app: {
        resources: {
          Server: { Type: 'AWS::EC2::Instance', Properties: { SubnetId: read('data', reading) } },
        },
      },
    });
  const before = rung({ Group: group(['a']) }, { Id: { Ref: 'Group' } }, 'Id');

  it('nothing is wrong when nothing changes', () => {
    expect(interruptions(before, before)).toEqual([]);
  });

  it('an output stays while the old servers’ stack reads it', () => {
    const after = rung({ Group: group(['a']) }, { Other: { Ref: 'Group' } }, 'Other');
    expect(interruptions(before, after)).toEqual(['data drops output data.Id while app reads it']);
  });

  it('an output keeps what it says', () => {
    const after = rung({ Group: group(['a']), New: group() }, { Id: { Ref: 'New' } }, 'Id');
    expect(interruptions(before, after)).toEqual(['data changes output data.Id under app']);
  });

  it('what an output names stays', () => {
    const after = rung({}, { Id: 'sg-1' }, 'Id');
    expect(interruptions(before, after)).toEqual([
      'data removes or replaces data/Group while app uses it',
      'data removes data/Group (AWS::EC2::SecurityGroup) under app',
    ]);
  });

  it('a way that the old servers take stays open', () => {
    const after = rung({ Group: group([]) }, { Id: { Ref: 'Group' } }, 'Id');
    expect(interruptions(before, after)).toEqual([
      'data takes SecurityGroupIngress "a" from data/Group (AWS::EC2::SecurityGroup) under app',
    ]);
  });

  it('a stack reads only what a stack deployed before it has', () => {
    const after = rung({ Group: group(['a']) }, { Id: { Ref: 'Group' } }, 'Missing');
    expect(interruptions(before, after)).toEqual([
      'app reads data.Missing, which no stack deployed before it has',
    ]);
  });
});
