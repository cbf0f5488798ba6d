/** The forms of what the functions around a promotion are told. */
import * as v from 'valibot';
import { listOf, matching } from '../../contract/environment';

const AWS_REGION = matching(/^[a-z]{2}(?:-[a-z]+)+-\d$/);

export const VARIABLES = {
  domain: { schema: matching(/^(?:[a-z0-9-]+\.)+[a-z]{2,}$/), form: 'a domain name' },
  region: { schema: AWS_REGION, form: 'an AWS region' },
  regions: { schema: listOf(AWS_REGION), form: 'AWS regions, separated by commas' },
  /** RDS's, also of parameter groups. */
  identifier: { schema: matching(/^[a-z][a-z0-9-]{0,254}$/), form: 'a name as RDS gives it' },
  days: {
    schema: v.pipe(matching(/^(?:[1-9]|[12]\d|3[0-5])$/), v.transform(Number)),
    form: 'a number of days from 1 to 35',
  },
  bucket: { schema: matching(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/), form: 'the name of an S3 bucket' },
  key: { schema: matching(/^[\w!.*'()/-]+$/), form: 'the key of an S3 object' },
  topic: {
    schema: matching(/^arn:aws[\w-]*:sns:[\w-]+:\d{12}:[\w-]+$/),
    form: 'the ARN of an SNS topic',
  },
} as const;
