/** Reads the settings from the CDK's context. */
import { resolve } from 'node:path';
import { inspect } from 'node:util';
import * as v from 'valibot';
import { nearest } from '../../contract/nearest';
import { type Given, type Row, ROWS, type SettingKey, type Settings, withDefaults } from '../settings';
import { planned } from './planned';
import type { Problem } from './problem';
import { problemsTogether } from './together';

export type SettingsResult =
  | { readonly ok: true; readonly settings: Settings }
  | { readonly ok: false; readonly problems: readonly Problem[] };

type Context = Readonly<Record<string, unknown>>;

/** Context keys without `:` or `/` that the CDK's own tools write. */
const CDK_KEYS = ['cli-telemetry', 'acknowledged-issue-numbers', 'notices', 'availability-zones', 'tree'];

/**
 * Reads the CDK's context, where values are text (`-c`) or typed (cdk.json). Never throws: everything that is wrong is listed,
 * all of it at once.
 *
 * @param folder what paths are relative to
 */
export function readSettings(context: Context, folder: string = process.cwd()): SettingsResult {
  const set = ROWS.filter(([key]) => isThere(context[key]));
  const readings = set.map(([key, row]) => ({ key, ...readOne(key, row, context[key], folder) }));
  const given = givenOf(readings);
  const plan = planned(given);
  const problems = [...unknownKeys(context), ...[...readings, plan].flatMap(({ problem }) => problem ?? [])];
  const settings = withDefaults({ ...plan.settings, ...given });
  problems.push(
    ...problemsTogether({
      settings,
      given,
      isSet: (key) => set.some(([other]) => other === key),
      isRead: (key) => !readings.some((reading) => reading.key === key && reading.problem !== undefined),
    }),
  );
  return problems.length === 0 ? { ok: true, settings } : { ok: false, problems };
}

/** `null` in cdk.json says that there is none. */
function isThere(raw: unknown): boolean {
  return raw !== undefined && raw !== null;
}

/** What a value was read as, or why it could not be. */
interface Reading {
  readonly value?: unknown;
  readonly problem?: Problem;
}

function readOne(key: SettingKey, row: Row, raw: unknown, folder: string): Reading {
  const trimmed = typeof raw === 'string' ? raw.trim() : raw;
  const value = row.isPath && typeof trimmed === 'string' ? resolve(folder, trimmed) : trimmed;
  const { success, output, issues } = v.safeParse(row.schema, value, { message: '' });
  return success ? { value: output } : { problem: unreadable(key, row, raw, issues[0]) };
}

/** Each value is what its row's schema gave; undefined where that refused it. */
function givenOf(readings: readonly (Reading & { readonly key: SettingKey })[]): Given {
  return Object.fromEntries(readings.map(({ key, value }) => [key, value] as const));
}

function unreadable(
  key: SettingKey,
  { takes, why }: Row,
  raw: unknown,
  { input, message: meant }: v.BaseIssue<unknown>,
): Problem {
  const because = why?.(input);
  return {
    setting: key,
    what: [`${shown(raw)} cannot be used.`, because].filter((part) => part !== undefined).join(' '),
    expected: `It takes ${takes}.`,
    remedy:
      meant === '' || because !== undefined
        ? `Set it so in cdk.json or with -c ${key}=…, or remove it.`
        : `Did you mean "${meant}"?`,
  };
}

function unknownKeys(context: Context): readonly Problem[] {
  const known: readonly string[] = ROWS.map(([key]) => key);
  return Object.keys(context)
    .filter((key) => !/[:/]/.test(key) && !known.includes(key) && !CDK_KEYS.includes(key))
    .map((key) => {
      const near = nearest(key, known);
      return {
        setting: key,
        what: `There is no such setting.`,
        expected: `The settings are ${known.join(', ')}.`,
        remedy: near === undefined ? 'Remove it.' : `Did you mean "${near}"?`,
      };
    });
}

/** The value as the user wrote it, at a readable length. */
function shown(raw: unknown): string {
  const whole = typeof raw === 'string' ? `"${raw}"` : inspect(raw, { depth: 1, breakLength: Infinity });
  return whole.length > 60 ? `${whole.slice(0, 60)}…` : whole;
}
