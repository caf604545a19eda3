/** The small pieces of state that views share: selection, frame, theme, the rows in view. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Frame } from '../../static/js/frame.js';
import { Selection } from '../../static/js/selection.js';
import { ROW_HEIGHT, rowsInView, scrollTopFor } from '../../static/js/table/viewport.js';
import { Theme } from '../../static/js/theme.js';

test('moving the playhead ends following, advancing it does not', () => {
  const selection = new Selection();
  selection.advanceTo(3);
  assert.deepEqual([3, true], [selection.step, selection.following]);

  selection.moveTo(1);
  assert.deepEqual([1, false], [selection.step, selection.following]);

  selection.follow();
  assert.deepEqual([1, true], [selection.step, selection.following]);
});

test('listeners hear changes only, and the playhead never leaves the start', () => {
  const selection = new Selection();
  let heard = 0;
  const leave = selection.subscribe(() => { heard += 1; });

  selection.moveTo(-5);
  selection.moveTo(-1);
  assert.deepEqual([-1, 1], [selection.step, heard]);

  leave();
  selection.moveTo(4);
  assert.equal(1, heard);
});

/** A frame that the test lets pass. */
function stagedFrame() {
  /** @type {((now: number) => void)[]} */
  const requested = [];
  const frame = new Frame((callback) => requested.push(callback));
  return { frame, requested, pass: () => requested.shift()?.(16) };
}

test('what is marked twice is painted once, in the order document, canvas, overlay', () => {
  const { frame, requested, pass } = stagedFrame();
  /** @type {string[]} */
  const log = [];
  for (const part of /** @type {const} */ (['overlay', 'base', 'dom'])) frame.on(part, () => log.push(part));

  frame.markDirty('overlay');
  frame.markDirty('dom');
  frame.markDirty('dom');
  frame.markDirty('base');
  assert.equal(1, requested.length);
  pass();

  assert.deepEqual(['dom', 'base', 'overlay'], log);
});

test('only what is out of date is painted, and nothing is scheduled when idle', () => {
  const { frame, requested, pass } = stagedFrame();
  /** @type {string[]} */
  const log = [];
  frame.on('base', () => log.push('base'));
  const stop = frame.on('overlay', () => log.push('overlay'));

  frame.markDirty('overlay');
  pass();
  assert.deepEqual(['overlay'], log);
  assert.equal(0, requested.length);

  stop();
  frame.markDirty('overlay');
  pass();
  assert.deepEqual(['overlay'], log);
});

test('a painter that marks its own part is called in the next frame, not in this one', () => {
  const { frame, requested, pass } = stagedFrame();
  let frames = 0;
  frame.on('overlay', () => {
    frames += 1;
    if (frames < 3) frame.markDirty('overlay');
  });

  frame.markDirty('overlay');
  pass();
  assert.deepEqual([1, 1], [frames, requested.length]);
  pass();
  pass();
  assert.deepEqual([3, 0], [frames, requested.length]);
});

test('while events stream in a part is painted at its own pace, what a person does at once', () => {
  let time = 1_000;
  /** @type {((now: number) => void)[]} */
  const requested = [];
  /** @type {{ call: () => void, at: number }[]} */
  const timers = [];
  const frame = new Frame((callback) => requested.push(callback), {
    now: () => time, later: (call, milliseconds) => timers.push({ call, at: time + milliseconds }),
  });
  let painted = 0;
  frame.on('dom', () => { painted += 1; });
  /** Frames of 10 ms, in each of which events come. @param {number} milliseconds @param {() => void} [each] */
  const pass = (milliseconds, each = () => {}) => {
    for (const end = time + milliseconds; time < end; time += 10) {
      each();
      for (const timer of timers.filter(({ at }) => at <= time)) {
        timers.splice(timers.indexOf(timer), 1);
        timer.call();
      }
      for (const callback of requested.splice(0)) callback(time);
    }
  };

  pass(10, () => frame.markStale('dom'));
  assert.equal(1, painted, 'the first is painted in the next frame');

  pass(1_000, () => frame.markStale('dom'));
  assert.ok(painted >= 5 && painted <= 7, `${painted} paintings in a second`);

  const before = painted;
  pass(10, () => frame.markDirty('dom'));
  assert.equal(before + 1, painted);

  pass(10, () => frame.markStale('dom'));
  pass(300);
  assert.equal(before + 2, painted, 'the last is painted, too');

  let drawn = 0;
  frame.on('base', () => { drawn += 1; });
  pass(1_000, () => { frame.markStale('dom'); frame.markStale('base'); });
  assert.ok(drawn >= 20, `${drawn} paintings of the canvas in a second: it does not wait for the text`);
  pass(300);
  assert.deepEqual([0, 0], [timers.length, requested.length]);
});

test('with reduced motion what more events change is painted twice a second at most, what a person does at once', () => {
  let time = 1_000;
  /** @type {((now: number) => void)[]} */
  const requested = [];
  /** @type {{ call: () => void, at: number }[]} */
  const timers = [];
  const frame = new Frame((callback) => requested.push(callback), {
    now: () => time, later: (call, milliseconds) => timers.push({ call, at: time + milliseconds }), still: () => true,
  });
  const painted = { dom: 0, base: 0, overlay: 0 };
  const parts = /** @type {const} */ (['dom', 'base', 'overlay']);
  for (const part of parts) frame.on(part, () => { painted[part] += 1; });
  const flush = () => {
    for (const callback of requested.splice(0)) callback(time);
  };

  for (const end = time + 2_000; time < end; time += 10) {
    for (const part of parts) frame.markStale(part);
    for (const timer of timers.filter(({ at }) => at <= time)) {
      timers.splice(timers.indexOf(timer), 1);
      timer.call();
    }
    flush();
  }
  for (const part of parts) assert.ok(painted[part] >= 3 && painted[part] <= 5, `${part}: ${painted[part]} times in two seconds`);

  const before = painted.base;
  frame.markDirty('base');
  flush();
  assert.equal(before + 1, painted.base);
});

test('text that is slow to write is written in slices, and takes a small share of the time', () => {
  /** @type {((now: number) => void)[]} */
  const requested = [];
  let time = 0;
  /** @type {{ call: () => void, at: number }[]} */
  const timers = [];
  const frame = new Frame((callback) => requested.push(callback), {
    now: () => time, later: (call, milliseconds) => timers.push({ call, at: time + milliseconds }),
  });
  /** @type {string[]} */
  let written = [];
  for (const name of ['a', 'b', 'c']) frame.on('dom', () => {
    time += 3;
    written.push(name);
  });
  const pass = (/** @type {number} */ milliseconds, /** @type {() => void} */ each) => {
    for (const end = time + milliseconds; time < end; time += 10) {
      each();
      for (const timer of timers.filter(({ at }) => at <= time)) {
        timers.splice(timers.indexOf(timer), 1);
        timer.call();
      }
      for (const callback of requested.splice(0)) callback(time);
    }
  };

  pass(10, () => frame.markStale('dom'));
  assert.equal('ab', written.join(''), 'what is left waits for the next frame');
  pass(50, () => {});
  assert.equal('abc', written.join(''));

  pass(300, () => {});
  written = [];
  pass(10, () => frame.markStale('dom'));
  assert.equal('ab', written.join(''));
  frame.markStale('dom');
  pass(300, () => {});
  assert.equal('abcabc', written.join(''), 'what comes between two slices is told, too');

  written = [];
  pass(2_000, () => frame.markStale('dom'));
  assert.ok(written.length >= 15 && written.length <= 24, `${written.length / 3} times 9 ms in two seconds: a thirtieth`);
  assert.match(written.join(''), /^(abc)*(ab)?$/);

  pass(100, () => {});
  written = [];
  frame.markStale('dom');
  pass(10, () => frame.markDirty('dom'));
  assert.equal('abc', written.join(''), 'a person does not wait');
});

/** @param {string | null} kept */
function stagedTheme(kept) {
  const log = { set: /** @type {string[]} */ ([]), kept: /** @type {string[]} */ ([]), reads: 0 };
  let dark = true;
  /** @type {() => void} */
  let change = () => {};
  const theme = new Theme({
    read: () => kept,
    keep: (_, value) => void log.kept.push(value),
    prefersDark: () => dark,
    onPrefersDark: (listener) => { change = listener; },
    setTheme: (name) => void log.set.push(name),
    cssValue: (property) => { log.reads += 1; return `${property} of ${log.set.at(-1)}`; },
  });
  return { theme, log, turn: (/** @type {boolean} */ isDark) => { dark = isDark; change(); } };
}

test('without a choice the theme is that of the system, also when it changes', () => {
  const { theme, log, turn } = stagedTheme(null);
  let heard = 0;
  theme.subscribe(() => { heard += 1; });

  turn(false);

  assert.deepEqual(['dark', 'light'], log.set);
  assert.deepEqual(['system', 'light', 1], [theme.choice, theme.name, heard]);
});

test('a choice is kept, and the system then changes nothing', () => {
  const { theme, log, turn } = stagedTheme('light');
  assert.equal('light', theme.name);

  theme.choose('dark');
  turn(false);

  assert.equal('dark', theme.name);
  assert.deepEqual(['dark'], log.kept);
});

test('a kept choice that nobody knows is the system', () => {
  assert.equal('system', stagedTheme('sepia').theme.choice);
});

test('colours are read once per theme', () => {
  const { theme, log } = stagedTheme('light');

  assert.equal('--app of light', theme.colour('app'));
  theme.colour('app');
  assert.equal(1, log.reads);

  theme.choose('dark');
  assert.equal('--app of dark', theme.colour('app'));
});

test('of a hundred thousand rows a screenful is in the document', () => {
  const { from, to } = rowsInView({ count: 100_000, scrollTop: 50_000 * ROW_HEIGHT, height: 280 });

  assert.ok(from <= 50_000 && to >= 50_010);
  assert.ok(to - from < 40);
});

test('at either end there are no rows beyond', () => {
  assert.equal(0, rowsInView({ count: 5, scrollTop: 0, height: 280 }).from);
  assert.equal(5, rowsInView({ count: 5, scrollTop: 0, height: 280 }).to);
  assert.deepEqual({ from: 0, to: 0 }, rowsInView({ count: 0, scrollTop: 900, height: 280 }));
});

test('a row in view is not scrolled to, one outside is, with what went before it', () => {
  const view = { scrollTop: 280, height: 280, count: 100 };

  assert.equal(280, scrollTopFor(14, view));
  const below = scrollTopFor(40, view);
  assert.ok(below < 40 * ROW_HEIGHT && below + view.height > 41 * ROW_HEIGHT);
  assert.equal(0, scrollTopFor(0, view));
  assert.equal(100 * ROW_HEIGHT - view.height, scrollTopFor(99, view), 'no farther than the browser scrolls');
  assert.equal(0, scrollTopFor(4, { ...view, scrollTop: 0, count: 5 }));
});
