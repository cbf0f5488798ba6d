import { writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';

/** Writes a generated page as the formatter would leave it. @param path absolute */
export async function writeFormatted(path: string, text: string): Promise<void> {
  writeFileSync(path, await format(text, { ...(await resolveConfig(path)), filepath: path }));
}
