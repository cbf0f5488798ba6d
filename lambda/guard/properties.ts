import type { GuardProperties, Parts } from '../../contract/guard';

/** The guard's properties, understood. */
interface Read {
  readonly parts: Parts;
  readonly allowRemoval: readonly string[];
}

/** Understands a custom resource's properties. @throws Error naming the first that is missing */
export function readProperties(properties: Readonly<Record<string, unknown>>): Read {
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
  return {
    parts: {
      rungs: texts('Rungs'),
      regions: texts('Regions'),
      domain: text('Domain') || undefined,
      ownApplication: text('OwnApplication') === 'true',
    },
    allowRemoval: texts('AllowRemoval'),
  };
}
