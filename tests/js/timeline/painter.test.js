import assert from 'node:assert/strict';
import { test } from 'node:test';
import { paintGhost } from '../../../static/js/timeline/ghost.js';
import { divide } from '../../../static/js/timeline/layout.js';
import { paintFolds } from '../../../static/js/timeline/paint-axis.js';
import { paintOverlay } from '../../../static/js/timeline/paint-overlay.js';
import { paintScene } from '../../../static/js/timeline/painter.js';
import { DARK, propertyOf, readPalette } from '../../../static/js/timeline/palette.js';
import { measure, recordingContext } from './recording-context.js';
import { Recording } from './recording.js';
import { sceneOf } from './scenes.js';

/** @param {Recording} recording */
function painted(recording) {
  const { brush, log } = recordingContext();
  const scene = sceneOf(recording);
  paintScene(brush, scene, DARK, measure);
  return { scene, log };
}

/** @param {ReturnType<typeof painted>['log']} log */
function texts(log) {
  return log.filter(({ name }) => name === 'fillText').map(({ args }) => args[0]);
}

test('the request lies on top of its app context', () => {
  const recording = new Recording();
  recording.visit(1, 1);

  const { scene, log } = painted(recording);
  const [app, request] = scene.boxes.map((box) =>
    log.findIndex(({ name, args }) => name === 'roundRect' && args[1] === box.y && args[3] === box.height),
  );

  assert.ok(app >= 0 && request > app);
});

test('by hand is dashed, by a request is not', () => {
  const recording = new Recording();
  recording.push(1, { how: 'by hand' });
  recording.pop(1);
  recording.push(1, { implicit: true });
  recording.pop(1);

  const { log } = painted(recording);
  const dashes = log
    .filter(({ name, style }) => name === 'stroke' && style.strokeStyle === DARK.app)
    .map(({ style }) => /** @type {number[]} */ (style.dash).length > 0);

  assert.deepEqual(dashes, [true, false]);
});

test('a leaked context is hatched in red and says never popped', () => {
  const recording = new Recording();
  const id = recording.push(1, { how: 'by hand' });
  recording.event('context.abandoned', 1, id);

  const { log } = painted(recording);

  assert.ok(texts(log).includes('never popped'));
  assert.ok(log.filter(({ name, style }) => name === 'stroke' && style.strokeStyle === DARK.error).length >= 2);
});

test('an exception is a red cross at its step', () => {
  const recording = new Recording();
  const { request } = recording.openRequest(1, '/boom');
  recording.event('exception', 1, request, 'KeyError', "'x'");

  const { scene, log } = painted(recording);
  const mark = scene.marks.find(({ kind }) => kind === 'exception');
  const moves = log.filter(({ name, args }) => name === 'moveTo' && args[0] === (mark?.x ?? 0) - 6.5);

  assert.equal(moves.length, 1);
});

test('one with an error handler is a cross in the colour of text, and its box is not red', () => {
  const recording = new Recording();
  const { request } = recording.openRequest(1, '/order');
  recording.event('exception', 1, request, 'OrderError', 'sold out', true);

  const { scene, log } = painted(recording);

  assert.deepEqual(['handled'], scene.marks.filter(({ kind }) => ['exception', 'handled'].includes(kind)).map(({ kind }) => kind));
  const used = log.map(({ name, style }) => ({ stroke: style.strokeStyle, fill: style.fillStyle, fillRect: style.fillStyle, fillText: style.fillStyle })[name]);
  assert.ok(!used.includes(DARK.error));
});

test('an empty g says so, a filled one shows its names and values', () => {
  const recording = new Recording();
  const id = recording.push(1);
  for (let i = 0; i < 4; i += 1) recording.event('teardown', 1, id, 'x', 'app', 1, null);
  recording.setG(1, id, 'user', "'ada'");
  for (let i = 0; i < 6; i += 1) recording.event('teardown', 1, id, 'x', 'app', 1, null);
  recording.pop(1);

  const { log } = painted(recording);

  assert.ok(texts(log).includes('g is empty'));
  assert.ok(texts(log).includes("user = 'ada'"));
});

test('every save, pass and path is undone: the canvas is left as it was found', () => {
  const recording = new Recording();
  recording.visit(1, 1);
  recording.start('b').visit(1, 2);
  recording.push(2, { type: 'both', how: 'by hand' });
  recording.event('context.abandoned', 2, 3);

  const { log } = painted(recording);
  const count = (/** @type {string} */ name) => log.filter((call) => call.name === name).length;

  assert.equal(count('save'), count('restore'));
  assert.deepEqual(log.at(-1)?.style.dash, []);
});

test('the draw calls of a frame do not grow with the recording', () => {
  const few = new Recording();
  for (let i = 1; i <= 5; i += 1) few.visit(1, i);
  const many = new Recording();
  for (let i = 1; i <= 1000; i += 1) many.visit(1, i);

  assert.ok(painted(many).log.length < painted(few).log.length * 1.25);
});

test('the playhead veils what has not happened, and its mark has a ring', () => {
  const recording = new Recording();
  recording.visit(1, 1);
  const scene = sceneOf(recording);
  const { brush, log } = recordingContext();
  const mark = scene.marks.find(({ kind }) => kind === 'session-read');
  assert.ok(mark !== undefined);

  paintOverlay(brush, scene, {
    step: mark.step, x: mark.x, name: '7', overviewX: 0, depthOf: () => 2, hover: null, focused: false,
  }, DARK, measure);

  const veil = log.find(({ name, style }) => name === 'fillRect' && style.fillStyle === DARK.veil);
  assert.deepEqual([veil?.args[0], (veil?.args[0] ?? 0) + (veil?.args[2] ?? 0)], [mark.x, scene.areas.width]);
  assert.ok(log.some(({ name, args }) => name === 'arc' && args[0] === mark.x && args[1] === mark.y));
  assert.ok(texts(log).includes('2 contexts deep'));
  assert.ok(texts(log).includes('7'));
});

test('before the first event a request is foretold in six steps', () => {
  const { brush, log } = recordingContext();

  paintGhost(brush, divide({ width: 1000, height: 500 }, false, 1), DARK);

  const numbered = texts(log).filter((text) => /^\d\. /.test(text)).map((text) => text[0]);
  assert.deepEqual(numbered.sort(), ['1', '2', '3', '4', '5', '6']);
});

test('colours come from the page, and from here where the page has none', () => {
  const palette = readPalette((name) => (name === 'app-fill' ? ' #123456 ' : ''), 'dark');

  assert.equal(palette.appFill, '#123456');
  assert.equal(palette.error, DARK.error);
  assert.equal(propertyOf('lineStrong'), 'line-strong');
});

test('the length of what is hidden stands where no heading would cut it', () => {
  const areas = { ...divide({ width: 400, height: 300 }, false, 0), lanesTop: 0, lanesBottom: 300 };
  const fold = { x: 100, width: 44, kind: /** @type {const} */ ('idle'), text: '1.6 s idle, hidden' };
  /** @param {{ y: number, height: number }[]} groups */
  const told = (groups) => {
    const { brush, log } = recordingContext();
    paintFolds(brush, [fold], DARK, areas, measure, groups);
    return [texts(log)[0], log.find(({ name }) => name === 'translate')?.args[1]];
  };

  assert.deepEqual(told([]), ['1.6 s idle, hidden', 150]);
  assert.deepEqual(told([{ y: 20, height: 30 }]), ['1.6 s idle, hidden', 175]);
  assert.deepEqual(told([{ y: 20, height: 30 }, { y: 130, height: 30 }, { y: 240, height: 30 }]), ['1.6 s', 90]);
});
