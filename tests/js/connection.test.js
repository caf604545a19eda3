import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Connection } from '../../static/js/connection.js';
import { LinesSocket } from '../../static/js/lines-socket.js';

const HELLO = JSON.stringify({
  v: 1, type: 'hello', run: 'a', app: { name: '', root: '' }, process: {}, versions: {}, clock: { monotonic_ns: '0', unix_ms: 0 },
  first: 1, last: 0, settings: { redact: [] }, lanes: [], sites: [], contexts: [], scenarios: [], counts: {},
});

/** A socket that does what the test says, and a clock that stands still. */
function stage() {
  /** @type {any[]} */
  const sockets = [];
  /** @type {any[]} */
  const states = [];
  /** @type {any[]} */
  const messages = [];
  /** @type {{ due: number, callback: () => void }[]} */
  let timers = [];
  let now = 0;
  const position = { after: 0, run: /** @type {string | null} */ (null) };
  const connection = new Connection({
    url: 'ws://test/stream',
    position: () => position,
    onMessage: (message) => messages.push(message),
    onState: (state) => states.push(state),
    open: (url) => {
      /** @type {Record<string, ((event: any) => void)>} */
      const listeners = {};
      const socket = {
        url,
        sent: /** @type {any[]} */ ([]),
        closed: false,
        addEventListener: (/** @type {string} */ type, /** @type {any} */ listener) => { listeners[type] = listener; },
        send: (/** @type {string} */ text) => socket.sent.push(JSON.parse(text)),
        close: () => { socket.closed = true; },
        tell: (/** @type {string} */ type, /** @type {any} */ event = {}) => listeners[type](event),
      };
      sockets.push(socket);
      return /** @type {any} */ (socket);
    },
    after: (callback, milliseconds) => {
      const timer = { due: now + milliseconds, callback };
      timers.push(timer);
      return timer;
    },
    cancel: (timer) => { timers = timers.filter((other) => other !== timer); },
    now: () => now,
  });
  /** @param {number} milliseconds */
  const pass = (milliseconds) => {
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
  };
  return { connection, sockets, states, messages, position, pass };
}

test('an open socket asks for what comes after the last number', () => {
  const { connection, sockets, position } = stage();
  position.after = 17;
  position.run = 'aaaa';

  connection.connect();
  sockets[0].tell('open');

  assert.deepEqual([{ v: 1, type: 'follow', after: 17, run: 'aaaa' }], sockets[0].sent);
});

test('a lost connection is tried again, and the wait doubles up to five seconds', () => {
  const { connection, sockets, pass } = stage();
  const waits = [];
  connection.connect();
  for (let i = 0; i < 6; i += 1) {
    const before = sockets.length;
    sockets[before - 1].tell('close');
    let waited = 0;
    while (sockets.length === before) {
      pass(100);
      waited += 100;
    }
    waits.push(waited);
  }

  assert.deepEqual([500, 1000, 2000, 4000, 5000, 5000], waits);
});

test('the countdown shows every whole second', () => {
  const { connection, sockets, states, pass } = stage();
  connection.connect();
  sockets[0].tell('close');
  pass(500);
  sockets[1].tell('close');
  pass(1000);
  states.length = 0;

  sockets[2].tell('close');
  pass(2000);

  assert.deepEqual(
    [{ kind: 'waiting', seconds: 2, why: null }, { kind: 'waiting', seconds: 1, why: null }, { kind: 'connecting' }],
    states,
  );
});

test('a greeting ends the waiting, and the next loss begins with half a second again', () => {
  const { connection, sockets, states, messages, pass } = stage();
  connection.connect();
  sockets[0].tell('close');
  pass(500);
  sockets[1].tell('close');
  pass(1000);

  sockets[2].tell('message', { data: HELLO });
  assert.deepEqual({ kind: 'open' }, states.at(-1));
  assert.equal('hello', messages[0].type);

  sockets[2].tell('close');
  pass(500);
  assert.equal(4, sockets.length);
});

test('what an old socket still delivers is not heard twice', () => {
  const { connection, sockets, messages, pass } = stage();
  connection.connect();
  sockets[0].tell('close');
  pass(500);

  sockets[0].tell('message', { data: HELLO });

  assert.deepEqual([], messages);
});

test('a server of another protocol is left for good, with the reason', () => {
  const { connection, sockets, states, pass } = stage();
  connection.connect();

  sockets[0].tell('message', { data: '{"v":9,"type":"hello"}' });
  pass(60_000);

  assert.deepEqual({ kind: 'refused', why: 'Server speaks protocol 9, this page 1: reload the page (Ctrl+Shift+R).' }, states.at(-1));
  assert.equal(true, sockets[0].closed);
  assert.equal(1, sockets.length);
});

test('a page that leaves does not come back', () => {
  const { connection, sockets, pass } = stage();
  connection.connect();
  connection.close();
  sockets[0].tell('close');
  pass(60_000);

  assert.equal(1, sockets.length);
});

test('where no WebSocket can be opened the lines of an answer are followed, and each new try begins with a WebSocket', () => {
  /** @type {string[]} */
  const opened = [];
  /** @type {Record<string, (event: any) => void>[]} */
  const sockets = [];
  /** @type {(() => void)[]} */
  const timers = [];
  /** @param {string} name */
  const open = (name) => {
    /** @type {Record<string, (event: any) => void>} */
    const listeners = {};
    opened.push(name);
    sockets.push(listeners);
    return { send: () => {}, close: () => {}, addEventListener: (/** @type {string} */ type, /** @type {any} */ listener) => { listeners[type] = listener; } };
  };
  /** @type {any[]} */
  const states = [];
  const connection = new Connection({
    url: 'ws://test/stream', position: () => ({ after: 0, run: null }), onMessage: () => {}, onState: (state) => states.push(state.kind),
    open: () => open('socket'), openLines: () => open('lines'), after: (callback) => timers.push(callback), cancel: () => {}, now: () => 0,
  });
  connection.connect();

  sockets[0].close({});
  sockets[1].open({});
  sockets[1].message({ data: HELLO });
  assert.deepEqual([['socket', 'lines'], 'open'], [opened, states.at(-1)]);

  sockets[1].close({});
  assert.equal('waiting', states.at(-1));
});

test('why the server has no stream is told while the next try is waited for', () => {
  const { connection, sockets, states, pass } = stage();
  connection.connect();

  sockets[0].tell('close', { why: 'Start gunicorn with --threads 8.' });
  assert.deepEqual({ kind: 'waiting', seconds: 1, why: 'Start gunicorn with --threads 8.' }, states.at(-1));
  pass(500);
  sockets[1].tell('close');
  assert.equal(null, states.at(-1).why);
});

test('lines are messages, however they are cut, and an empty one is none', async () => {
  const pieces = ['{"a":1}\n{"b"', ':"é"}\n\n{"c":3}', '\n{"half"'];
  const body = new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(new TextEncoder().encode(piece));
      controller.close();
    },
  });
  /** @type {string[]} */
  const asked = [];
  const socket = new LinesSocket('http://test/messages', { after: 7, run: 'a', processes: { b: 3 } }, async (url) => {
    asked.push(url);
    return new Response(body, { headers: { 'content-type': 'application/x-ndjson' } });
  });
  /** @type {string[]} */
  const told = [];
  socket.addEventListener('message', ({ data }) => told.push(data));

  await new Promise((resolve) => socket.addEventListener('close', resolve));

  assert.deepEqual(['{"a":1}', '{"b":"é"}', '{"c":3}'], told);
  assert.equal('http://test/messages?after=7&run=a&processes=%7B%22b%22%3A3%7D', asked[0]);
});

test('a server that has no stream says why, and a proxy in front of it nothing', async () => {
  const told = JSON.stringify({ v: 1, type: 'error', what: 'It is sync.', value: null, remedy: 'Use threads.' });
  const whys = [];
  for (const [body, status] of /** @type {[string, number][]} */ ([[told, 503], ['<h1>Bad gateway</h1>', 503], ['{}', 503], [told, 403]])) {
    const socket = new LinesSocket('http://test/messages', { after: 0, run: null }, async () => new Response(body, { status }));
    whys.push(await new Promise((resolve) => socket.addEventListener('close', ({ why }) => resolve(why))));
  }

  assert.deepEqual(['It is sync. Use threads.', null, null, null], whys);
});

test('an answer that is no stream is none', async () => {
  const socket = new LinesSocket('http://test/messages', { after: 0, run: null, processes: {} }, async () => new Response('busy', { status: 503 }));
  let wasOpen = false;
  socket.addEventListener('open', () => { wasOpen = true; });

  await new Promise((resolve) => socket.addEventListener('close', resolve));

  assert.equal(false, wasOpen);
});
