import assert from 'node:assert/strict';
import { test } from 'node:test';

import { EventStore } from '../../static/js/event-store.js';
import { LONGEST_BACKLOG, Replay, STEP_MILLISECONDS } from '../../static/js/replay.js';
import { Selection } from '../../static/js/selection.js';
import { aHello, someEvents } from './recording.js';

/** A store that grows, and a clock that the test moves. @param {{ still?: () => boolean }} [parts] */
function stage(parts = {}) {
  const store = new EventStore();
  store.append(aHello());
  const selection = new Selection();
  let now = 0;
  /** @type {{ due: number, callback: () => void }[]} */
  let timers = [];
  const replay = new Replay({
    store,
    selection,
    onChange: () => {},
    ...parts,
    now: () => now,
    after: (callback, milliseconds) => {
      const timer = { due: now + milliseconds, callback };
      timers.push(timer);
      return timer;
    },
    cancel: (timer) => { timers = timers.filter((other) => other !== timer); },
  });
  let number = 0;
  return {
    store,
    selection,
    replay,
    /** @param {number} count @param {number} [everyNs] */
    arrive: (count, everyNs = 1000) => {
      store.append(someEvents(Array.from({ length: count }, () => {
        number += 1;
        return [number, number * everyNs, 'g.set', 1, 1, null, 'a', ['1', 'int', null, 0]];
      })));
    },
    /** @param {number} milliseconds */
    pass: (milliseconds) => {
      const end = now + milliseconds;
      for (;;) {
        timers.sort((a, b) => a.due - b.due);
        const [next] = timers;
        if (next === undefined || next.due > end) break;
        timers.shift();
        now = next.due;
        next.callback();
      }
      now = end;
    },
    scheduled: () => timers.length,
  };
}

test('what somebody else did is shown at once', () => {
  const { arrive, selection, scheduled } = stage();

  arrive(300);

  assert.equal(299, selection.step);
  assert.equal(0, scheduled());
});

test('what this page fired is replayed at two steps a second', () => {
  const { replay, arrive, pass, selection } = stage();
  const answered = replay.expect();

  arrive(10);
  answered();

  assert.equal(0, selection.step);
  assert.deepEqual(['replaying', 9], [replay.state.mode, replay.state.behind]);
  pass(STEP_MILLISECONDS);
  assert.equal(1, selection.step);
  pass(8 * STEP_MILLISECONDS);
  assert.equal(9, selection.step);
  assert.equal('waiting', replay.state.mode);
});

test('at real speed it is shown as it comes', () => {
  const { replay, arrive, selection } = stage();
  replay.setSpeed('real');
  replay.expect();

  arrive(10);

  assert.equal(9, selection.step);
});

test('a page that fires twice skips to what it fired last, and says so', () => {
  const { replay, arrive, selection } = stage();
  replay.expect()();
  arrive(10);

  replay.expect();

  assert.equal(9, selection.step);
  assert.equal('Skipped 9 steps to what you fired last', replay.state.note);
  arrive(5);
  assert.equal(10, selection.step);
});

test('nobody waits minutes: a long replay skips ahead, and says so', () => {
  const { replay, arrive, pass, selection } = stage();
  replay.expect();

  arrive(LONGEST_BACKLOG + 50);

  assert.match(replay.state.note ?? '', /Catching up: skipped \d+ steps/);
  assert.ok(replay.state.behind <= LONGEST_BACKLOG);
  pass(LONGEST_BACKLOG * STEP_MILLISECONDS);
  assert.equal(LONGEST_BACKLOG + 49, selection.step);
});

test('after the replay has ended, what others do is shown at once again', () => {
  const { replay, arrive, pass, selection } = stage();
  replay.expect()();
  arrive(3);
  pass(10_000);

  arrive(50);

  assert.equal(52, selection.step);
});

test('scrubbing ends following and the replay, not the recording', () => {
  const { replay, arrive, pass, selection, store } = stage();
  replay.expect();
  arrive(10);

  selection.moveTo(4);
  arrive(10);
  pass(10_000);

  assert.equal(4, selection.step);
  assert.deepEqual(['paused', 15, 20], [replay.state.mode, replay.state.behind, store.size]);
});

test('End follows: the playhead is at the newest event and stays there', () => {
  const { replay, arrive, selection } = stage();
  arrive(10);
  selection.moveTo(4);

  replay.follow();
  arrive(3);

  assert.equal(12, selection.step);
  assert.equal(true, selection.following);
});

test('End during a slow replay goes to now, also when the timeline asks for it', () => {
  const { replay, arrive, selection } = stage();
  replay.expect()();
  arrive(10);
  selection.moveTo(2);

  selection.follow();

  assert.equal(9, selection.step);
  assert.equal('waiting', replay.state.mode);
});

test('play goes on from a step that was chosen, and ends in following', () => {
  const { replay, arrive, pass, selection } = stage();
  arrive(6);
  selection.moveTo(2);

  replay.toggle();
  pass(STEP_MILLISECONDS);

  assert.equal('playing', replay.state.mode);
  assert.equal(3, selection.step);
  pass(2 * STEP_MILLISECONDS);
  assert.equal(5, selection.step);
  assert.deepEqual([true, 'waiting'], [selection.following, replay.state.mode]);
});

test('at real speed play keeps the intervals, but waits for nothing longer than a second', () => {
  const { replay, arrive, pass, selection } = stage();
  replay.setSpeed('real');
  arrive(4, 100e6);
  arrive(1, 3_600e9);
  selection.moveTo(0);

  replay.play();
  pass(99);
  assert.equal(0, selection.step);
  pass(1);
  assert.equal(1, selection.step);
  pass(200);
  assert.equal(3, selection.step);
  pass(1000);
  assert.equal(4, selection.step);
});

test('at real speed events closer than a frame are shown together', () => {
  const { replay, arrive, pass, selection } = stage();
  replay.setSpeed('real');
  arrive(1000, 10_000);
  selection.moveTo(0);

  replay.play();
  pass(60);

  assert.equal(999, selection.step);
});

test('pause keeps the playhead where it is', () => {
  const { replay, arrive, pass, selection } = stage();
  replay.expect();
  arrive(10);
  pass(STEP_MILLISECONDS);

  replay.toggle();
  pass(10_000);

  assert.equal(1, selection.step);
  assert.equal('paused', replay.state.mode);
});

test('firing while paused follows again', () => {
  const { replay, arrive, selection } = stage();
  arrive(10);
  selection.moveTo(3);

  replay.expect();
  arrive(5);

  assert.equal(true, selection.following);
  assert.equal(10, selection.step);
});

test('four times as fast waits a quarter as long, and slower waits longer', () => {
  const { replay, arrive, pass, selection } = stage();
  arrive(10, 100e6);
  replay.setSpeed('real', 4);
  selection.moveTo(0);

  replay.play();
  pass(25);
  assert.equal(1, selection.step);
  replay.setSpeed('real', 0.5);
  pass(199);
  assert.equal(1, selection.step);
  pass(1);
  assert.equal(2, selection.step);
});

test('slower waits longer for long pauses, too; only an idle time is cut to a second of the recording', () => {
  for (const [factor, everyMs, waits] of [[0.25, 600, 2400], [0.5, 600, 1200], [0.25, 3_600_000, 4000], [4, 3_600_000, 250]]) {
    const { replay, arrive, pass, selection } = stage();
    arrive(10, everyMs * 1e6);
    replay.setSpeed('real', factor);
    selection.moveTo(0);

    replay.play();
    pass(waits - 1);
    assert.equal(0, selection.step, `x ${factor}`);
    pass(1);
    assert.equal(1, selection.step, `x ${factor}`);
  }
});

test('with reduced motion the picture changes twice a second at most', () => {
  const { replay, arrive, pass, selection } = stage({ still: () => true });
  arrive(100, 20e6);
  replay.setSpeed('real');
  selection.moveTo(0);

  replay.play();
  pass(499);
  assert.equal(0, selection.step);
  pass(1);
  assert.ok(selection.step > 20, 'what was due in this half second comes at once');
});

test('events run through while others send them, and not while what was fired here is replayed', () => {
  const { replay, arrive, pass, selection, store } = stage();
  store.append(aHello());
  assert.equal(false, replay.isRunning);

  arrive(300);
  assert.equal(true, replay.isRunning);

  replay.expect()();
  arrive(3);
  assert.equal(false, replay.isRunning);
  // The last step is looked at like the others.
  pass(10_000);
  assert.deepEqual([302, false], [selection.step, replay.isRunning]);

  arrive(1);
  assert.equal(true, replay.isRunning);
  selection.moveTo(4);
  assert.equal(false, replay.isRunning);
  replay.follow();
  assert.equal(true, replay.isRunning);
});

test('at real speed they always do while the playhead goes with them', () => {
  const { replay, arrive } = stage();
  replay.setSpeed('real');
  replay.expect();

  arrive(3);

  assert.equal(true, replay.isRunning);
});
