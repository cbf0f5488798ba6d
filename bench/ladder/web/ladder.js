/* Draws each plot of the report into its section: bars, one rung beside the other. */
const { rungs, plots } = JSON.parse(document.getElementById('plots').textContent);

const COLORS = ['#0550ae', '#bf8700', '#1a7f37', '#8250df', '#cf222e', '#1b7c83', '#57606a', '#bc4c00'];
const HEIGHT = 220;

/* Of a rung's place on the axis, all its bars together. */
const WIDTH = 0.7;

/* Each series has places of its own, and nothing at the others' places. */
function beside(series) {
  const width = WIDTH / series.length;
  const places = rungs.flatMap((rung) =>
    series.map((_, index) => rung + (index - (series.length - 1) / 2) * width),
  );
  return {
    places,
    columns: series.map(({ values }, index) =>
      places.map((_, place) =>
        place % series.length === index ? values[Math.floor(place / series.length)] : null,
      ),
    ),
    share: series.length === 1 ? WIDTH : 0.92,
  };
}

/* Sums from the first part to each: drawn from the largest on, every one covers the one before down to its own part. */
function stacked(series) {
  return {
    places: rungs,
    columns: series.map((_, upTo) =>
      rungs.map((_, rung) =>
        series.slice(0, upTo + 1).reduce((sum, { values }) => sum + Math.max(0, values[rung] ?? 0), 0),
      ),
    ),
    share: WIDTH,
  };
}

function draw(section, { series, isStacked }) {
  const element = section.querySelector('.plot');
  const { places, columns, share } = isStacked ? stacked(series) : beside(series);
  const drawn = columns.map((values, index) => ({
    values,
    name: series[index].name,
    color: COLORS[index % COLORS.length],
  }));
  if (isStacked) {
    drawn.reverse();
  }
  const options = {
    width: element.clientWidth,
    height: HEIGHT,
    scales: {
      x: { time: false, range: () => [rungs[0] - 0.6, rungs[rungs.length - 1] + 0.6] },
      y: { range: (_, _low, high) => [0, (high || 1) * 1.08] },
    },
    axes: [
      { splits: () => rungs, values: () => rungs.map((rung) => `rung ${rung}`), grid: { show: false } },
      { size: 60 },
    ],
    legend: { live: false },
    cursor: { show: false },
    series: [
      { label: 'rung' },
      ...drawn.map(({ name, color }) => ({
        label: name,
        stroke: color,
        fill: color,
        width: 0,
        points: { show: false },
        paths: uPlot.paths.bars({ size: [share, 70] }),
      })),
    ],
  };
  return new uPlot(options, [places, ...drawn.map(({ values }) => values)], element);
}

const drawn = [...document.querySelectorAll('section')].map((section, index) => ({
  section,
  plot: draw(section, plots[index]),
}));

addEventListener('resize', () => {
  for (const { section, plot } of drawn) {
    plot.setSize({ width: section.clientWidth, height: HEIGHT });
  }
});
