/* Draws each time line of the report into its section. */
const timeLines = JSON.parse(document.getElementById('time-lines').textContent);

const COLORS = { answered: '#1a7f37', failed: '#cf222e', p99: '#0550ae', fault: 'rgba(191, 135, 0, 0.15)' };

function shadeFault(plot, healed) {
  const from = plot.valToPos(0, 'x', true);
  const to = plot.valToPos(healed, 'x', true);
  plot.ctx.save();
  plot.ctx.fillStyle = COLORS.fault;
  plot.ctx.fillRect(from, plot.bbox.top, Math.max(1, to - from), plot.bbox.height);
  plot.ctx.restore();
}

function draw(section, { seconds, answered, failed, p99, healed }) {
  const element = section.querySelector('.plot');
  const options = {
    width: element.clientWidth,
    height: 240,
    scales: { x: { time: false }, ms: { distr: 3 } },
    axes: [
      { label: 'seconds since the fault began' },
      { label: 'requests a second' },
      { label: 'p99 in ms', scale: 'ms', side: 1, grid: { show: false } },
    ],
    series: [
      { label: 'second' },
      {
        label: 'answered a second',
        stroke: COLORS.answered,
        width: 1.5,
        paths: uPlot.paths.stepped({ align: 1 }),
      },
      {
        label: 'failed a second',
        stroke: COLORS.failed,
        width: 1.5,
        paths: uPlot.paths.stepped({ align: 1 }),
      },
      { label: 'p99 in ms', scale: 'ms', stroke: COLORS.p99, width: 1, dash: [4, 3] },
    ],
    hooks: { drawClear: [(plot) => shadeFault(plot, healed)] },
  };
  return new uPlot(options, [seconds, answered, failed, p99], element);
}

const plots = [...document.querySelectorAll('section')].map((section, index) => ({
  section,
  plot: draw(section, timeLines[index]),
}));

addEventListener('resize', () => {
  for (const { section, plot } of plots) {
    plot.setSize({ width: section.clientWidth, height: 240 });
  }
});
