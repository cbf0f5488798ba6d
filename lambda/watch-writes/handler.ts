/** Watches who takes writes: what a schedule calls each minute. */
import { log } from '../log';
import { createInstance, createMark, createParameters, createTelling } from '../promote-replica/aws';
import { lookAtWrites } from '../promote-replica/look';
import { readSettings } from './settings';
import { watch } from './watch';

const { databaseId, domainName, mark, source, topicArn } = readSettings(process.env);

const instance = createInstance(databaseId);
const parameters = createParameters(source.region, source.parameters);
const ownMark = createMark(mark);
const tell = createTelling(topicArn);

/** Lambda's entry. */
export function handler(): Promise<void> {
  return watch({
    writes: () => lookAtWrites({ domainName }),
    markIsThere: ownMark.isThere,
    instance: instance.describe,
    sourceIsReadOnly: parameters.isReadOnly,
    makeSourceReadOnly: parameters.makeReadOnly,
    tell,
    log: (fields, sentence) => {
      log.info(fields, sentence);
    },
  });
}
