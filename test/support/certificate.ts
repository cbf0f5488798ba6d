/** Certificates for servers on this machine. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Paths of files in PEM form. */
interface Certificate {
  readonly key: string;
  readonly certificate: string;
}

/** Makes a certificate of an authority that signs for `localhost` alone, and for itself. @param name of its files, without ending */
export function makeCertificate(folder: string, name: string): Certificate {
  const [key, certificate] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)];
  execFileSync(
    'openssl',
    [
      ...[
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '2',
      ],
      ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'],
      ...['-keyout', key, '-out', certificate],
    ],
    { stdio: 'ignore' },
  );
  return { key, certificate };
}
