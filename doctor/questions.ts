/** Every question to an account, in the order in which a deployment would meet what it is about. */
import type { Question } from './question';
import { bootstrap } from './questions/bootstrap';
import { brokers } from './questions/brokers';
import { types } from './questions/databases';
import { distributions } from './questions/distributions';
import { functions } from './questions/functions';
import { hostedZone } from './questions/hosted-zone';
import { leftovers } from './questions/leftovers';
import { limits } from './questions/limits';
import { records } from './questions/records';
import { regions } from './questions/regions';
import { stacks } from './questions/stacks';
import { zones } from './questions/zones';

export const QUESTIONS: readonly Question[] = [
  regions,
  hostedZone,
  records,
  distributions,
  bootstrap,
  stacks,
  leftovers,
  zones,
  ...limits,
  functions,
  ...types,
  ...brokers,
];
