import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitting, shortDuration, shortened } from '../../../static/js/timeline/labels.js';
import { FONT } from '../../../static/js/timeline/metrics.js';
import { measure } from './recording-context.js';
import { Recording } from './recording.js';
import { sceneOf } from './scenes.js';

test('a box lies within the box of the context beneath it', () => {
  const recording = new Recording();
  recording.visit(1, 1);

  const [app, request] = sceneOf(recording).boxes;

  assert.ok(app.x < request.x && request.right < app.right);
  assert.ok(app.y < request.y && request.y + request.height < app.y + app.height);
});

test('a lane is as tall as its deepest nesting in view, and lanes do not overlap', () => {
  const recording = new Recording();
  recording.push(1);
  recording.pop(1);
  for (let depth = 0; depth < 3; depth += 1) recording.push(2, { how: 'by hand' });
  for (let depth = 0; depth < 3; depth += 1) recording.pop(2);

  const { lanes, boxes } = sceneOf(recording);

  assert.ok(lanes[1].height > lanes[0].height);
  assert.ok(lanes[0].y + lanes[0].height <= lanes[1].y);
  for (const box of boxes) {
    const lane = lanes.find((one) => one.id === box.bar.lane);
    assert.ok(lane !== undefined && box.y >= lane.y && box.y + box.height <= lane.y + lane.height);
  }
});

test('what is scrolled out of sight keeps its place and has nothing to read', () => {
  const recording = new Recording();
  for (let lane = 1; lane <= 4; lane += 1) recording.push(lane);
  for (let lane = 1; lane <= 4; lane += 1) recording.setG(lane, lane, 'user', "'ada'");
  for (let lane = 1; lane <= 4; lane += 1) recording.pop(lane);
  const whole = sceneOf(recording, { height: 900 });

  const scene = sceneOf(recording, { height: 230, scrollY: 0 });
  const { lanesTop, lanesBottom } = scene.areas;
  const inSight = scene.boxes.map(({ y, height }) => y < lanesBottom && y + height > lanesTop);

  assert.ok(inSight.includes(true) && inSight.includes(false), String(inSight));
  assert.deepEqual(inSight, scene.boxes.map(({ title }) => title !== ''));
  assert.deepEqual(inSight, scene.boxes.map(({ strip }) => strip !== null));
  const shape = (/** @type {typeof scene} */ { boxes }) => boxes.map(({ x, right, height, marksY, y }) => [x, right, height, marksY - y]);
  assert.deepEqual(shape(whole), shape(scene));
});

test('titles stay within their boxes at every width of a step, and shrink before they vanish', () => {
  const recording = new Recording();
  for (let i = 0; i < 4; i += 1) {
    recording.visit(1, i + 1);
    recording.push(1, { how: 'by hand' });
    recording.push(1, { how: 'by hand' });
    recording.pop(1);
    recording.pop(1);
  }
  const seen = new Set();
  for (const column of [6, 10, 14, 20, 30, 60, 90]) {
    for (const box of sceneOf(recording, { column, width: 6000 }).boxes) {
      const right = box.titleX + measure(box.title, FONT.title);
      assert.ok(box.title === '' || (box.titleX >= box.x && right <= box.right), `${box.title} at ${column}`);
      seen.add(box.title.replace(/\d+/, 'n'));
    }
  }
  for (const title of ['app context #n, by hand', 'app context #n', 'app #n', '#n']) assert.ok(seen.has(title), title);
});

test('the texts of a g strip lie between its marks', () => {
  const recording = new Recording();
  const id = recording.push(1);
  for (let i = 0; i < 3; i += 1) recording.event('teardown', 1, id, 'x', 'app', 1, null);
  for (const name of ['user', 'database_connection', 'q']) recording.setG(1, id, name, "'value'");
  for (let i = 0; i < 5; i += 1) recording.event('teardown', 1, id, 'x', 'app', 1, null);
  recording.pop(1);

  const [{ strip }] = sceneOf(recording).boxes;

  assert.ok(strip !== null);
  assert.deepEqual(strip.runs.map((run) => run.filled), [false, true]);
  const { texts } = strip;
  assert.equal(texts[0].text, 'g is empty');
  assert.equal(texts.at(-1)?.text, "q = 'value', 2 more");
  for (let i = 1; i < texts.length; i += 1) {
    assert.ok(texts[i - 1].x + measure(texts[i - 1].text, FONT.code) < texts[i].x);
  }
});

test('a title stays in view when its box begins left of it', () => {
  const recording = new Recording();
  recording.push(1, { how: 'by hand' });
  for (let i = 0; i < 60; i += 1) recording.event('thread.started', 1, 1, 'x', null);
  recording.pop(1);

  const scene = sceneOf(recording, { scrollX: 600 });

  assert.ok(scene.boxes[0].x < scene.areas.left);
  assert.ok(scene.boxes[0].titleX > scene.areas.left);
});

test('only what is in view is placed, however long the recording is', () => {
  const recording = new Recording();
  for (let i = 1; i <= 2000; i += 1) recording.visit(1, i);

  const scene = sceneOf(recording, { scrollX: 30 * 12_000 });

  assert.ok(scene.marks.length < 40, `${scene.marks.length} marks`);
  assert.ok(scene.boxes.length < 12, `${scene.boxes.length} boxes`);
});

test('many threads with nothing in view are one line', () => {
  const recording = new Recording();
  for (let lane = 1; lane <= 30; lane += 1) recording.visit(lane, lane);

  const scene = sceneOf(recording);

  assert.ok(scene.lanes.length <= 4);
  assert.match(scene.idleLanes?.text ?? '', /^2\d other threads, nothing new in view$/);
});

test('a leaked context has no right side and says so', () => {
  const recording = new Recording();
  const id = recording.push(1, { how: 'by hand' });
  recording.event('context.abandoned', 1, id);
  recording.visit(2, 1);

  const [box] = sceneOf(recording).boxes;

  assert.ok(box.leaked && box.openRight && box.right >= 1000);
  assert.equal(box.pill?.text, 'never popped');
});

test('failed access without a context is marked in its empty lane', () => {
  const recording = new Recording();
  recording.event('access.failed', 3, null, 'g', 'Working outside of application context.', false, 'app');

  const { marks, lanes, boxes } = sceneOf(recording);

  assert.deepEqual(boxes, []);
  assert.deepEqual(marks.map(({ kind }) => kind), ['outside']);
  assert.ok(marks[0].y > lanes[0].y && marks[0].y < lanes[0].y + lanes[0].height);
});

test('a line leads up from the river at a read and down to it at a save', () => {
  const recording = new Recording();
  recording.visit(1, 1);

  const { connectors, boxes, rivers } = sceneOf(recording);

  assert.deepEqual(connectors.map(({ kind }) => kind), ['read', 'save']);
  for (const { from, to } of connectors) {
    assert.equal(from, boxes[0].y + boxes[0].height);
    assert.ok(to >= rivers[0].y && to <= rivers[0].bottom);
  }
});

test('a river steps up at a save and does not before', () => {
  const recording = new Recording();
  recording.visit(1, 1);
  recording.visit(1, 2);

  const [{ parts }] = sceneOf(recording).rivers;

  assert.deepEqual(parts.map(({ kind, text }) => [kind, text]), [
    ['none', 'none yet'],
    ['holds', 'visits = 1'],
    ['holds', 'visits = 2'],
  ]);
  assert.ok(parts[2].height > parts[1].height);
});

test('times below a step are short, and say their unit where it is not microseconds', () => {
  const times = [0, 400, 80_000, 999_400, 1_200_000, 53_000_000, 1_800_000_000, 400e9];
  assert.deepEqual(times.map(shortDuration), ['+0', '+0', '+80', '+999', '1.2ms', '53ms', '1.8s', '7min']);
});

test('a text is the longest that fits, or is cut, or is left out', () => {
  /** @param {string} text */
  const widthOf = (text) => text.length;

  assert.equal(fitting(['app context #7', 'app #7', '#7'], 8, widthOf), 'app #7');
  assert.equal(fitting(['app context #7'], 8, widthOf), '');
  assert.equal(shortened('/a/long/path', 7, widthOf), '/a/lon…');
  assert.equal(shortened('/a/long/path', 3, widthOf), '');
});
