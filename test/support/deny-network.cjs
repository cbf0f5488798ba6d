/**
 * Loaded into every Node process of a run by NODE_OPTIONS: no socket leaves the process, but for pipes to its own
 * children. Who tried is written to the file NETWORK_LOG. Works without root and on every system, unlike a network namespace.
 */
const { appendFileSync } = require('node:fs');
const { Socket } = require('node:net');

const connect = Socket.prototype.connect;

Socket.prototype.connect = function (...parameters) {
  const [first] = Array.isArray(parameters[0]) ? parameters[0] : parameters;
  const pipe = typeof first === 'object' && first.port === undefined ? first.path : first;
  if (typeof pipe === 'string' && !/^\d+$/.test(pipe)) return connect.apply(this, parameters);
  appendFileSync(process.env.NETWORK_LOG, `${process.argv.slice(1).join(' ')}\n`);
  process.nextTick(() => this.destroy(new Error('There is no network here.')));
  return this;
};
