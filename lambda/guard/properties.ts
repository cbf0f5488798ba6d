import { type GuardProperties, type Parts, queuesIn } from '../../contract/guard';

/** The properties of the guard’s custom resource, parsed. */
interface ParsedProperties {
  readonly parts: Parts;
  readonly allowRemoval: readonly string[];
}

/** Parses the properties of the guard’s custom resource. @throws Error naming the first that is missing */
export function readProperties(properties: Readonly<Record<string, unknown>>): ParsedProperties {
  const text = (name: keyof GuardProperties): string => {
    const value = properties[name];
    if (typeof value !== 'string') {
      throw new Error(`The guard's property ${name} must be a text.`);
    }
    return value;
  };
  const texts = (name: keyof GuardProperties): readonly string[] =>
    text(name)
      .split(',')
      .filter((item) => item !== '');
  const rungs = texts('Rungs');
  return {
    parts: {
      rungs,
      regions: texts('Regions'),
      domain: text('Domain') || undefined,
      ownApplication: text('OwnApplication') === 'true',
      queues: queuesIn(properties['Queues'] === undefined ? undefined : texts('Queues'), rungs),
    },
    allowRemoval: texts('AllowRemoval'),
  };
}
