/** What the planner does not know, by name: never counted as nothing, never as perfect. */
export const NOT_MODELLED: readonly { readonly name: string; readonly would: string }[] = [
  {
    name: 'your own application',
    would:
      'Processor times are those of this project’s link shortener; another application’s are measured, and put into lib/capacity/data/measured.json.',
  },
  {
    name: 'bursts of seconds',
    would:
      'Load is that of the busiest minute; a server more takes five minutes to start, so a sudden burst meets the servers that run.',
  },
  {
    name: 'attacks and mistakes',
    would:
      'Neither their load nor their bill, nor outages by a wrong deployment or a wrong setting, which are more than all of AWS’s.',
  },
  {
    name: 'age of the database',
    would: 'Vacuum, bloat, locks, slow queries and the warming of memory after a restart.',
  },
  {
    name: 'discounts and extras',
    would:
      'Reserved capacity and savings plans (a quarter to a half less), a new account’s free tiers, taxes, support plans.',
  },
  {
    name: 'a broker’s own load',
    would:
      'A process sends RabbitMQ or Kafka a message a second, of which the smallest take thousands; what waits through an outage of hours, their traffic between zones, and other uses of the same broker.',
  },
  { name: 'people', would: 'Their work to run a higher rung: alarms, promotions, upgrades.' },
  { name: 'the way to the user', would: 'Networks, devices and lost packets beyond one round-trip time.' },
];
