import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Filter } from '../../../static/js/filter.js';
import { Search } from '../../../static/js/search.js';
import { Emphasis, ticksOf } from '../../../static/js/timeline/emphasis.js';
import { layOut } from '../../../static/js/timeline/layout.js';
import { TimelineModel } from '../../../static/js/timeline/model.js';
import { paintOverview } from '../../../static/js/timeline/paint-overview.js';
import { paintScene } from '../../../static/js/timeline/painter.js';
import { DARK } from '../../../static/js/timeline/palette.js';
import { SHADE } from '../../../static/js/timeline/rows.js';
import { StepScale } from '../../../static/js/timeline/scale.js';
import { measure, recordingContext } from './recording-context.js';
import { Recording } from './recording.js';

/** A timeline with a search and a filter that look at once. @param {Recording} recording */
function looking(recording) {
  const store = recording.send();
  const model = new TimelineModel(store);
  model.advance();
  const at = { now: () => 0, later: () => {} };
  const search = new Search(store, at);
  const filter = new Filter(store, at);
  const emphasis = new Emphasis(store, search, filter);
  /** @param {number} column  CSS pixels of a step. */
  const scene = (column = 30) => layOut({
    store, model, scale: new StepScale(column, model.folds), emphasis, measure, hasOverview: true,
    view: { width: 1018, height: 700, scrollX: 0, scrollY: 0 },
  });
  return { store, model, search, filter, emphasis, scene };
}

/** Contexts by turns on three lanes; number 700 puts something into g, number 900 fails. */
function manyContexts() {
  const recording = new Recording();
  for (let i = 0; i < 1_500; i += 1) {
    const lane = 1 + (i % 3);
    const id = recording.push(lane, { how: 'by hand' });
    if (i === 700) recording.event('g.set', lane, id, 'needle', ["'x'", 'str', 1, 0]);
    if (i === 900) recording.event('exception', lane, id, 'KeyError', "'x'");
    recording.pop(lane, i === 900 ? ['KeyError', "'x'"] : null);
  }
  return recording;
}

test('a hit is framed, and has its tick on the axis', () => {
  const recording = new Recording();
  const id = recording.push(1, { how: 'by hand' });
  recording.event('g.set', 1, id, 'needle', ["'x'", 'str', 1, 0]);
  recording.event('g.set', 1, id, 'other', ["'y'", 'str', 1, 0]);
  recording.pop(1);
  const { search, scene } = looking(recording);

  search.find('needle');
  const { marks, hits, areas } = scene();
  const { brush, log } = recordingContext();
  paintScene(brush, scene(), DARK, measure);

  assert.deepEqual(marks.filter(({ hit }) => hit).map(({ step }) => step), [1]);
  assert.equal(hits.length, 1);
  const mark = marks[1];
  assert.ok(Math.abs((hits[0].x + hits[0].right) / 2 - mark.x) < 0.01);
  assert.ok(log.some(({ name, args }) => name === 'roundRect' && args[0] + args[2] / 2 === mark.x && args[1] + args[3] / 2 === mark.y));
  assert.ok(log.some(({ name, args, style }) => name === 'fillRect' && style.fillStyle === DARK.text && args[0] === hits[0].x && args[1] < areas.axis));
});

test('one hit among thousands of contexts is seen on its flat lane and on the overview', () => {
  const { search, scene, model, emphasis, store } = looking(manyContexts());

  search.find('needle');
  const { flat, areas, lanes } = scene(0.25);
  const { brush, log } = recordingContext();
  paintOverview(brush, model, areas, { left: 150, right: 160 }, DARK, false, emphasis);

  assert.equal(flat?.hits.length, 1);
  const lane = lanes.find(({ id }) => id === store.at(search.hits[0]).lane);
  assert.ok(lane !== undefined && flat.hits[0].y >= lane.y && flat.hits[0].y < lane.y + lane.height);
  assert.equal(log.filter(({ name, style, args }) => name === 'fillRect' && style.fillStyle === DARK.text && args[3] === 5).length, 1);
});

test('what is left out is dimmed, boxes and marks; an exception is not', () => {
  const recording = new Recording();
  const [first, second] = [recording.push(1, { how: 'by hand' }), recording.push(2, { how: 'by hand' })];
  recording.event('g.set', 1, first, 'a', ["'x'", 'str', 1, 0]);
  recording.event('g.set', 2, second, 'b', ["'y'", 'str', 1, 0]);
  recording.event('exception', 2, second, 'KeyError', "'x'");
  recording.pop(2);
  recording.pop(1);
  const { filter, scene } = looking(recording);

  filter.isolate({ context: first, title: '', has: (event) => event.context === first });

  const { boxes, marks } = scene();
  const dim = Object.fromEntries(marks.map((mark) => [mark.step, mark.dim]));
  assert.deepEqual(boxes.map(({ bar, dim: isDim }) => [bar.context, isDim]), [[first, false], [second, false]]);
  assert.deepEqual([dim[2], dim[3], dim[4]], [false, true, false]);

  filter.isolate({ context: second, title: '', has: (event) => event.context === second });
  assert.deepEqual(scene().boxes.map(({ bar, dim: isDim }) => [bar.context, isDim]), [[first, true], [second, false]]);
});

test('flat rows show what is left, dim the rest, and keep a failure that is left out', () => {
  const { filter, store, scene } = looking(manyContexts());
  const needle = 1_400;

  filter.isolate({ context: 701, title: '', has: (event) => event.context === store.at(needle).context });
  const shades = new Set(scene(0.25).flat?.rows.flatMap((row) => [...row.shades]));
  const bright = scene(0.25).flat?.rows.flatMap((row) => [...row.shades].filter((shade) => shade === SHADE.byHand));

  assert.deepEqual([...shades].sort((a, b) => a - b), [SHADE.none, SHADE.byHand, SHADE.failed, SHADE.byHand + SHADE.dim]);
  assert.equal(bright?.length, 1);

  filter.isolate(null);
  assert.ok(![...scene(0.25).flat?.rows ?? []].some((row) => row.shades.includes(SHADE.byHand + SHADE.dim)));
});

test('a lane that is left out is gone, but for one on which something failed', () => {
  const { filter, scene } = looking(manyContexts());

  filter.toggle('lane', 1);
  filter.toggle('lane', 2);

  // Context 900 was on the first lane.
  assert.deepEqual(scene(0.25).lanes.map(({ id }) => id), [1, 3]);
});

test('hits that lie closer than a tick are one tick, however many', () => {
  const hits = Uint32Array.from({ length: 100_000 }, (_, i) => i);
  let asked = 0;
  const firstFrom = (/** @type {number} */ x) => {
    asked += 1;
    return Math.ceil(x * 100);
  };

  const ticks = ticksOf(hits, 0, 99_999, (step) => step / 100, firstFrom);

  assert.equal(ticks.length, 1);
  assert.ok(asked <= 1_001);
});

test('a tick reaches to the last of the steps that share it', () => {
  const [tick, ...more] = ticksOf([0, 3, 9], 0, 9, (step) => step * 0.3, (x) => Math.ceil(x / 0.3));

  assert.deepEqual([], more);
  assert.deepEqual([-1.5, 4.2], [tick.x, Number(tick.right.toFixed(6))]);
  assert.equal(1.5 + 0.9, ticksOf([0, 3, 9], 0, 5, (step) => step * 0.3, (x) => Math.ceil(x / 0.3))[0].right);
});
