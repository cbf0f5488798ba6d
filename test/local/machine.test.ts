import { HAPROXY, KCAT, NGINX, PGREP, RABBITMQ, REDIS, find, locate } from '../../local/machine';

const NOWHERE = {
  name: 'Nothing',
  executables: ['no-such-program', '/no/such/program'],
  apt: 'nothing',
  brew: 'nothing',
};

describe('the programs of this machine', () => {
  test.each([REDIS, NGINX, HAPROXY, PGREP, RABBITMQ, KCAT])('include $name', (program) => {
    expect(find(program)).toMatch(/^\//);
  });

  test('a missing one is named, with the command that installs it', () => {
    expect(() => locate(NOWHERE)).toThrow(/lacks Nothing.*\n.*(apt-get|brew) .*nothing/s);
  });
});
