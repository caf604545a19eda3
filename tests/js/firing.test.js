import assert from 'node:assert/strict';
import { test } from 'node:test';

import { grouped, scenarioOfKey } from '../../static/js/fire/keys.js';
import { fire, fireIds } from '../../static/js/firing.js';

/** @import { Scenario } from '../../static/js/protocol.js' */

/** @param {Partial<Scenario>} [changes] @returns {Scenario} */
function aScenario(changes = {}) {
  return { name: 'index', title: 'GET /', hint: '', group: 'request', does: 'request', method: 'GET', path: '/', times: 1, ...changes };
}

/** @param {(url: string, init: any) => Response} answer */
function stage(answer) {
  /** @type {{ url: string, init: any }[]} */
  const sent = [];
  let id = 0;
  let now = 0;
  return {
    sent,
    parts: {
      nextId: () => `id-${(id += 1)}`,
      address: '/_flaskscope/',
      request: async (/** @type {string} */ url, /** @type {any} */ init) => {
        sent.push({ url, init });
        now += 250;
        return answer(url, init);
      },
      now: () => now,
    },
  };
}

test('a request is sent by the browser itself, under an id, past the cache', async () => {
  const { sent, parts } = stage(() => new Response('{"visits": 1}', { status: 200, statusText: 'OK' }));

  const [outcome] = await fire(aScenario({ method: 'POST', path: '/login' }), parts);

  assert.equal('/login', sent[0].url);
  assert.deepEqual(['POST', 'no-store', { 'X-FlaskScope-Fire': 'id-1' }], [sent[0].init.method, sent[0].init.cache, sent[0].init.headers]);
  assert.deepEqual([true, 'The app answered 200 OK.', '{"visits": 1}', 0.25], [outcome.ok, outcome.summary, outcome.output, outcome.seconds]);
});

test('two at once are two requests with two ids', async () => {
  const { sent, parts } = stage(() => new Response(''));

  const outcomes = await fire(aScenario({ times: 2 }), parts);

  assert.deepEqual(['id-1', 'id-2'], outcomes.map(({ fire: id }) => id));
  assert.equal(2, sent.length);
});

test('an error of the app is an outcome, with its page as words', async () => {
  const { parts } = stage(() => new Response(
    '<html><head><title>x</title></head><body><h1>Error</h1>\n<p>a &lt; b</p></body></html>',
    { status: 500, headers: { 'content-type': 'text/html' } },
  ));

  const [outcome] = await fire(aScenario(), parts);

  assert.equal(false, outcome.ok);
  assert.equal('Error\na < b', outcome.output);
});

test('a scenario is posted to the server, which answers with what it really printed', async () => {
  const { sent, parts } = stage(() => new Response(JSON.stringify({
    v: 1, type: 'result', scenario: 'leak', fire: 'id-1', ok: false, seconds: 0.31, exit_status: 1,
    output: 'RuntimeError: …', summary: 'It failed.', truncated: false,
  })));

  const [outcome] = await fire(aScenario({ name: 'leak', does: 'scenario', path: null }), parts);

  assert.equal('/_flaskscope/fire/leak', sent[0].url);
  assert.deepEqual({ fire: 'id-1' }, JSON.parse(sent[0].init.body));
  assert.deepEqual([false, 1, 'It failed.', 'RuntimeError: …', 0.31], [outcome.ok, outcome.exitStatus, outcome.summary, outcome.output, outcome.seconds]);
});

test('a refusal says what, and what to do', async () => {
  const { parts } = stage(() => new Response(
    '{"v":1,"type":"error","what":"There is no scenario of this name.","value":"x","remedy":"Reload the page."}', { status: 404 },
  ));

  const [outcome] = await fire(aScenario({ does: 'scenario' }), parts);

  assert.equal('There is no scenario of this name. Reload the page.', outcome.summary);
});

test('an answer that is no message is told by its status', async () => {
  const { parts } = stage(() => new Response('<html>', { status: 502, statusText: 'Bad Gateway' }));

  const [outcome] = await fire(aScenario({ does: 'scenario' }), parts);

  assert.equal('The server answered 502 Bad Gateway.', outcome.summary);
});

test('no answer at all says why, and what to look at', async () => {
  const { parts } = stage(() => { throw new TypeError('Failed to fetch'); });

  const [outcome] = await fire(aScenario(), parts);

  assert.deepEqual([false, 'No answer came (Failed to fetch). Is the server still running?'], [outcome.ok, outcome.summary]);
});

test('ids of this browser are known again after a reload, those of another are not', () => {
  const kept = new Map();
  const storage = { read: (/** @type {string} */ key) => kept.get(key) ?? null, keep: (/** @type {string} */ key, /** @type {string} */ value) => void kept.set(key, value) };
  let seed = 0;
  const random = () => `r${(seed += 1)}`;

  const before = fireIds(storage, random);
  const fired = before.next();
  const after = fireIds(storage, random);

  assert.equal(true, after.isOwn(fired));
  assert.notEqual(fired, after.next());
  assert.equal(false, after.isOwn('other-tab-1'));
  assert.equal(false, after.isOwn(undefined));
});

test('the first nine buttons on screen have the digits, in the order of the groups', () => {
  const scenarios = [
    aScenario({ name: 'wrong', group: 'wrong' }),
    ...Array.from({ length: 9 }, (_, i) => aScenario({ name: `request-${i + 1}` })),
  ];

  assert.deepEqual([['Fire a request', 9], ['Make it go wrong', 1]], grouped(scenarios).map(({ title, count }) => [title, count]));
  assert.equal('request-9', scenarioOfKey(scenarios, '9')?.name);
  assert.equal(null, grouped(scenarios)[1].themes[0].entries[0].key);
});

test('a twin stands beside its fault and takes no key; one whose fault is not listed stands alone', () => {
  const scenarios = [
    aScenario({ name: 'leak', group: 'wrong', rule: 'context-left-pushed' }),
    aScenario({ name: 'leak-mended', group: 'wrong', mends: 'leak' }),
    aScenario({ name: 'alone', group: 'wrong', mends: 'gone' }),
  ];

  const [{ count, themes: [{ entries }] }] = grouped(scenarios);

  assert.equal(2, count);
  assert.deepEqual([['leak', 'leak-mended', '1'], ['alone', undefined, '2']], entries.map(({ scenario, twin, key }) => [scenario.name, twin?.name, key]));
});

test('many faults are told apart by what they are about', () => {
  const rules = ['outside-app-context', 'g-forgotten', 'session-refused', 'teardown-raised', 'popped-wrong', 'thread-without-context', 'g-hidden-by-nested-context', 'of-tomorrow', undefined, 'stale-request-context'];
  const scenarios = rules.map((rule, i) => aScenario({ name: `fault-${i}`, group: 'wrong', rule }));

  const [{ themes }] = grouped(scenarios);

  assert.deepEqual(
    [['Outside of a context', 2], ['What g is not', 2], ['The session', 1], ['Teardown', 1], ['Pushed and popped', 2], ['In a view', 2]],
    themes.map(({ title, entries }) => [title, entries.length]),
  );
});
