/** Watches whether writes are accepted: invoked by a schedule, each minute. */
import { log } from '../log';
import { createInstance, createMark, createParameterGroup, createNotifier } from '../promote-replica/aws';
import { probeWrites } from '../promote-replica/probe';
import { readSettings } from './settings';
import { watch } from './watch';

const { databaseId, domainName, mark, source, topicArn } = readSettings(process.env);

const instance = createInstance(databaseId);
const sourceParameters = createParameterGroup(source.region, source.parameters);
const ownMark = createMark(mark);
const notify = createNotifier(topicArn);

/** Lambda's entry. */
export function handler(): Promise<void> {
  return watch({
    writes: () => probeWrites({ domainName }),
    markIsThere: ownMark.exists,
    instance: instance.describe,
    sourceIsReadOnly: sourceParameters.isReadOnly,
    makeSourceReadOnly: sourceParameters.makeReadOnly,
    notify,
    log: (fields, sentence) => {
      log.info(fields, sentence);
    },
  });
}
