/** Switches protection on: invoked when a stack’s status changes, and every few minutes. */
import { log } from '../log';
import { createServices } from './aws';
import { protectStanding } from './protect';
import { readSettings } from './settings';

const settings = readSettings(process.env);
const services = createServices();

/** Lambda's entry. */
export function handler(): Promise<void> {
  return protectStanding(settings, {
    ...services,
    log: (fields, sentence) => {
      log.info(fields, sentence);
    },
  });
}
