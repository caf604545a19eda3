import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { BUSY_CONTEXTS, isBusy, tellBusy } from '../../static/js/narrator/busy.js';
import { BLOCK_ROWS } from '../../static/js/event-block.js';
import { EventStore } from '../../static/js/event-store.js';
import { narrate } from '../../static/js/narrator.js';
import { plainText } from '../../static/js/phrases.js';
import { EVENT_KINDS } from '../../static/js/event-row.js';
import { readMessage } from '../../static/js/protocol.js';
import { countText } from '../../static/js/units.js';
import { Script, aHello, aLoss, aValue, someEvents } from './recording.js';

/** The two sentences at a step, the last one by default. @param {EventStore} store @param {number} [step] */
function told(store, step = store.size - 1) {
  const { what, why, problem } = narrate(store, step);
  return { what: plainText(what), why: plainText(why), problem };
}

/** @param {EventStore} store @param {RegExp[]} patterns */
function tells(store, ...patterns) {
  const { what, why } = told(store);
  for (const pattern of patterns) assert.match(`${what} ${why}`, pattern);
}

test('every kind of the golden events has two sentences, complete ones', () => {
  const store = new EventStore();
  for (const name of ['hello', 'events']) {
    store.append(/** @type {any} */ (readMessage(readFileSync(new URL(`../wire/${name}.json`, import.meta.url), 'utf8'))));
  }
  const kinds = new Set();
  for (let step = 0; step < store.size; step += 1) {
    kinds.add(store.at(step).kind);
    const { what, why } = told(store, step);
    assert.match(what, /^[^a-z ].*[.:]$|^mailer .*[.:]$/, `step ${step + 1}`);
    assert.match(why, /[.:]$/, `step ${step + 1}: ${why}`);
    assert.doesNotMatch(what + why, /undefined|null|NaN|\[object|\.\.|  /);
  }
  assert.deepEqual([...EVENT_KINDS].sort(), [...kinds].sort());
});

test('values are code, so that they are set apart from the words', () => {
  const { what } = narrate(new Script().push(1, 1).set(1, 1, 'user', "'ada'").store(), 1);

  assert.deepEqual({ code: "user = 'ada'" }, what.find((part) => typeof part !== 'string'));
});

test('before the first step nothing is pushed', () => {
  const empty = told(new Script().store(), -1);

  assert.equal('No context is pushed right now.', empty.what);
  assert.match(empty.why, /Fire one and watch/);
  assert.match(told(new Script().push(1, 1).store(), -1).why, /first step comes next/);
});

test('an app context for a request comes with an empty g', () => {
  tells(new Script().request(1, 1).store(), /pushes request context #2 for GET \/cart/, /session is opened next/);
  assert.equal('Thread-1 pushes app context #1 for GET /cart, with a new, empty g.', told(new Script().request(1, 1).store(), 0).what);
});

test('an app context is told with the request it was pushed for, as soon as that came', () => {
  const script = new Script().push(1, 1, { implicit: true }).push(2, 9).push(1, 2, { type: 'request', method: 'GET', path: '/cart', sees: [1, 2] });

  assert.match(told(script.store(), 0).what, /app context #1 for GET \/cart, with/);
  assert.match(told(new Script().push(1, 1, { implicit: true }).store(), 0).what, /app context #1, with/);
});

test('a request that nobody sent has no browser to save for', () => {
  const script = new Script().push(1, 2, { type: 'request', how: 'by hand', path: '/', sees: [1, 2] }).open(1, 2);

  tells(script.store(), /this request carries no cookie/);
  tells(script.add('session.changed', 1, 2, 'user', aValue('1')).store(), /there is no response to save it with/);
});

test('an emptied session makes the browser drop its cookie', () => {
  const script = new Script().request(1, 1).open(1, 2, { origin: 'cookie', items: [['visits', aValue('1', 'int')]] })
    .add('session.deleted', 1, 2, '*').save(1, 2, { changed: ['*'], bytes: 0, why: 'it was emptied' });

  tells(script.store(), /saved empty: the browser is told to drop its cookie\. It was emptied\. The next/);
});

test('the second request is told that what the first put into g is gone', () => {
  const store = new Script().request(1, 1).set(1, 1, 'user', "'ada'").endRequest(1, 1).request(1, 3).store();

  assert.match(told(store, 5).why, /The last request's user went with its g\./);
});

test('an app context that is reused is said to be, with what its g still holds', () => {
  const store = new Script().push(1, 1, { how: 'by hand' }).set(1, 1, 'outer', '1')
    .push(1, 2, { type: 'request', reused: 1, method: 'GET', path: '/cart', sees: [1, 2] }).store();

  tells(store, /app context #1 is reused\./, /Its g is not new: it still holds outer\./);
});

test('a context pushed by hand says so, and what it does not bring', () => {
  tells(new Script().push(1, 1, { how: 'by hand' }).store(), /app context #1 by hand, with a new, empty g/, /there is no request/);
});

test('a nested context says what it hides, and that request is still within reach', () => {
  const store = new Script().request(1, 1).set(1, 1, 'user', "'ada'").push(1, 3, { how: 'by hand', sees: [3, 2] }).store();

  tells(store, /It hides the g of #1 with user = 'ada' until it is popped\.$/m);
  assert.doesNotMatch(told(store).why, /out of reach/);
});

test('on the merged stack it also says that request is out of reach, because the server saw that', () => {
  const store = new Script().push(1, 1, { type: 'both', method: 'GET', path: '/', sees: [1, 1] })
    .push(1, 2, { how: 'by hand', sees: [2, null] }).store();

  assert.match(told(store, 0).why, /one context carries g, request and session/);
  tells(store, /request and session are out of reach/);
});

test('g that is not empty at the push is told', () => {
  tells(new Script().push(1, 1, { g: [['job', aValue('1')]] }).store(), /its g already holds job/);
  tells(new Script().push(1, 1, { g_unseen: 'what update() does' }).store(), /empty g \(FlaskScope cannot see what update\(\) does\)/);
});

test('a second push of the same context begins nothing', () => {
  tells(new Script().push(1, 1).push(1, 1, { pushes: 2 }).store(), /once more, 2 times now/, /nothing begins anew/);
  tells(new Script().push(1, 1).push(1, 1, { pushes: 2 }).pop(1, 1, { pushes: 1, sees: [1, null] }).store(), /still pushed 1 time\./);
});

test('copies, streams, commands and the test client are named', () => {
  tells(new Script().push(1, 2, { type: 'request', how: 'copy', copied: 1, sees: [1, 2] }).store(), /a copy of request context #1/);
  tells(new Script().push(1, 2, { type: 'request', how: 'stream', path: '/', sees: [1, 2] }).store(), /stream_with_context/);
  tells(new Script().push(1, 1, { how: 'cli' }).store(), /^The command on Thread-1 pushes/);
  tells(new Script().push(1, 1, { how: 'test client' }).store(), /^The test client on Thread-1/);
  tells(new Script().push(1, 2, { type: 'request', how: 'by hand', path: '/', sees: [1, 2] }).store(), /No client sent this request/);
});

test('a pop says what g loses, and what is within reach again', () => {
  const store = new Script().push(1, 1, { how: 'by hand' }).set(1, 1, 'user', "'ada'")
    .push(1, 2, { how: 'by hand' }).set(1, 2, 'task', '1').pop(1, 2, { sees: [1, null] }).store();

  tells(store, /Its g is thrown away, and task with it\./, /It lived 50 µs\./, /g is that of #1 again, with user = 'ada'\./);
});

test('after the last pop the proxies raise', () => {
  tells(new Script().push(1, 1).pop(1, 1).store(), /Its empty g goes with it/, /g and current_app raise RuntimeError in this thread now/);
});

test('an exception pops all the same, and a failing pop is told', () => {
  tells(new Script().push(1, 1).pop(1, 1, { unhandled: ['ZeroDivisionError', 'x'] }).store(), /ZeroDivisionError left it unhandled, and it is popped all the same/);
  tells(new Script().push(1, 1).pop(1, 1, { failure: ['AssertionError', 'Popped wrong context.'] }).store(), /popping itself raises AssertionError/, /Popped wrong context\./);
});

test('a leak names the consequence and the remedy', () => {
  const store = new Script().push(1, 5).add('context.abandoned', 1, 5).from().store();

  tells(store, /Thread-1 ended with app context #5 still pushed/, /teardown functions never ran/, /views\.py:12/, /with app\.app_context\(\):/);
  assert.equal(true, told(store).problem);
});

test('a write into g lands somewhere, and says for whom', () => {
  tells(new Script().push(1, 1).set(1, 1, 'a', '1').store(), /Thread-1 puts a = 1 into g, and it lands in app context #1\./, /a lives until #1 is popped/);
  tells(new Script().push(1, 1).push(2, 3).set(1, 1, 'a', '1').store(), /Thread-2 cannot see it: each thread has a g of its own/);
  tells(new Script().push(1, 1).set(1, 1, 'a', '1').set(1, 1, 'a', '2').store(), /sets g\.a = 2\. It was 1\./);
  tells(new Script().push(1, 1).set(1, 1, 'user', "'ada'").push(1, 2).set(1, 2, 'a', '1').store(), /user = 'ada' in #1 is not lost: it is back when #2 is popped/);
});

test('a secret stays secret', () => {
  const store = new Script().push(1, 1).set(1, 1, 'password', '', 2).store();

  tells(store, /password = •••/, /its value was never looked at/);
});

test('a missing name says what would happen, and where it is hidden', () => {
  tells(new Script().push(1, 1).add('g.missed', 1, 1, 'user', 'attribute').store(), /g\.user and gets an AttributeError/, /nothing was put in yet/);
  tells(new Script().push(1, 1).add('g.missed', 1, 1, 'user', 'get').store(), /g\.get\('user'\), and it is not there/);
  tells(new Script().push(1, 1).set(1, 1, 'user', "'ada'").push(1, 2).add('g.missed', 1, 2, 'user', 'attribute').store(), /#1 has user = 'ada', but its g is hidden until #2 is popped/);
});

test('names are read and deleted', () => {
  tells(new Script().push(1, 1).set(1, 1, 'a', '1').add('g.read', 1, 1, 'a').store(), /reads g\.a: 1\./);
  tells(new Script().push(1, 1).set(1, 1, 'a', '1').add('g.deleted', 1, 1, 'a').store(), /takes a out of g\. It was 1\. This g is empty now\./);
});

test('a session is new, comes back, is refused, is missing or is handed over', () => {
  const open = (/** @type {string} */ origin, /** @type {string | null} */ refusal = null) => new Script().request(1, 1).open(1, 2, { origin, refusal, items: [['visits', aValue('1', 'int')]] }).store();

  tells(open('new'), /sent no session cookie/);
  tells(open('cookie'), /comes back with the cookie: visits = 1\./, /g began empty, the session did not/);
  tells(open('refused'), /does not accept it/, /secret key changed/);
  tells(open('refused', 'signature'), /does not fit the secret key/);
  tells(open('refused', 'expired'), /older than PERMANENT_SESSION_LIFETIME/);
  tells(open('refused', 'format'), /No Flask app signed it/);
  assert.equal(true, told(open('refused')).problem);
  tells(open('null'), /the app has no secret key/);
  tells(open('given'), /handed over/);
});

test('a write to the session is not a save', () => {
  const script = () => new Script().request(1, 1).open(1, 2, { origin: 'cookie', items: [['visits', aValue('1', 'int')]] });

  tells(script().add('session.changed', 1, 2, 'visits', aValue('2', 'int')).store(), /session\['visits'\] = 2/, /It was 1\. Not saved yet/);
  tells(script().add('session.read', 1, 2, 'visits', true).store(), /reads session\['visits'\]: 1/);
  tells(script().add('session.read', 1, 2, 'cart', false).store(), /it is not in the session/);
  tells(script().add('session.deleted', 1, 2, '*').store(), /clears the session\. Not saved yet/);
  tells(script().save(1, 2).add('session.changed', 1, 2, 'visits', aValue('3', 'int')).store(), /already saved/);
});

test('a save says what goes out, or why nothing does', () => {
  const script = () => new Script().request(1, 1).open(1, 2).add('session.changed', 1, 2, 'visits', aValue('1', 'int'));

  tells(script().save(1, 2).store(), /visits = 1 goes into the cookie of the response/, /It was modified\. 60 bytes\./);
  tells(script().save(1, 2, { bytes: 5000 }).store(), /Browsers drop cookies above 4,093 bytes/);
  tells(script().save(1, 2, { written: false, why: 'no secret key' }).store(), /not saved: its changes are lost\. No secret key\./);
  tells(new Script().request(1, 1).open(1, 2).save(1, 2, { written: false, why: 'nothing changed' }).store(), /no cookie goes out\. Nothing changed\./);
  tells(script().save(1, 2, { late: true }).store(), /too late: the response had already left/);
});

test('a request is matched, or not, and finishes with its contexts still pushed', () => {
  tells(new Script().request(1, 1).add('request.matched', 1, 2, 'cart', '/cart', null).store(), /rule \/cart: the view cart will answer/);
  tells(new Script().request(1, 1).add('request.matched', 1, 2, null, null, ['NotFound', '404']).store(), /No view fits this URL: NotFound/);
  tells(new Script().request(1, 1).add('request.finished', 1, 2, 200, 60_000).store(), /status 200, 60 µs after the push/, /popped next, the newest first/);
});

test('an exception says where it came from, and that teardowns still run', () => {
  const store = new Script().request(1, 1).add('exception', 1, 2, 'ZeroDivisionError', 'division by zero').from().store();

  tells(store, /ZeroDivisionError in GET \/cart, and nobody handles it/, /division by zero at views\.py:12\./, /teardown functions still run/);
});

test('an exception with an error handler says so, and is no problem', () => {
  const store = new Script().request(1, 1).add('exception', 1, 2, 'OrderError', 'sold out', true).from().store();

  tells(store, /OrderError in GET \/cart, and the app has an error handler for it/, /sold out at views\.py:12\./, /handler returns is the response/);
  assert.equal(told(store).problem, false);
});

test('a teardown that fails is a problem, one that runs is none', () => {
  const run = (/** @type {unknown} */ failure) => new Script().push(1, 1).add('teardown', 1, 1, 'close', 'app', 2_000, failure).store();

  tells(run(null), /close runs \(2 µs\)/, /teardown_appcontext/);
  tells(run(['OSError', 'closed']), /close raises OSError/);
  assert.deepEqual([false, true], [told(run(null)).problem, told(run(['OSError', ''])).problem]);
});

test('an access outside says what was used, when the last context went, and the remedy', () => {
  const outside = (/** @type {Script} */ script, importing = false, needs = 'app', proxy = 'g') => script
    .add('access.failed', 1, null, proxy, 'Working outside of application context.', importing, needs).from().store();

  tells(outside(new Script()), /Thread-1 used g with no context pushed\. Flask raised a RuntimeError\./, /Wrap the code in with app\.app_context\(\):/);
  tells(outside(new Script().push(1, 3).pop(1, 3)), /The last one here, #3, was popped at step 2\./);
  tells(outside(new Script().push(2, 3)), /Thread-2 has a context right now, but threads do not share them/);
  tells(outside(new Script(), true), /while a module was being imported/);
  tells(outside(new Script().push(1, 1), false, 'request', 'request'), /used request without a request/, /Pass the value in/);
});

test('a new thread begins without contexts', () => {
  tells(new Script().push(1, 1).add('thread.started', 1, 1, 'mailer', 2).store(), /starts the thread mailer/, /Contexts do not go along/);
});

test('our own failure is said to be ours', () => {
  tells(new Script().add('recorder.failed', 1, null, 'g.set', 'Traceback', 10, true).store(), /FlaskScope itself failed/, /Your app was not touched/, /10 times/, /turned itself off/);
});

test('lost events and a restart come before what happened', () => {
  const store = new Script().push(1, 1).store();
  store.append(aLoss({ from: 2, to: 1001, count: 1000 }));
  store.append(someEvents([[1002, 9, 'context.popped', 1, 1, null, 5, null, null, 0, [null, null]]]));

  assert.match(told(store).what, /^1,000 events are missing before this step\. Thread-1 pops/);

  store.append(aHello({ run: 'bbbbbbbbbbbbbbbb' }));
  store.append(someEvents(new Script().push(1, 1).rows));

  assert.match(told(store).what, /^The server restarted here\. Thread-1 pushes/);
});

test('what was let go is said at the oldest step that is kept, and before it', () => {
  const store = new EventStore(BLOCK_ROWS);
  store.append(aHello());
  const rows = Array.from({ length: BLOCK_ROWS * 2 }, (_, i) => [i + 1, i, 'g.set', 1, null, null, 'a', ["'x'", 'str', 1, 0]]);
  store.append(someEvents(rows));
  const saidAt = (/** @type {number} */ step) => narrate(store, step);

  assert.match(plainText(saidAt(BLOCK_ROWS).what), new RegExp(`^${countText(BLOCK_ROWS)} older events were let go\\. `));
  assert.doesNotMatch(plainText(saidAt(BLOCK_ROWS + 1).what), /let go/);
  assert.match(plainText(saidAt(-1).why), /older events were let go\. The first step comes next\.$/);
  assert.doesNotMatch(plainText(narrate(new Script().push(1, 1).store(), 0).what), /let go/);
});

test('with many contexts in view there are numbers, and the keys that lead on', () => {
  const summary = { contexts: 18_204, leaked: 3, problems: 41, lanes: 8 };

  const { what, why, problem } = tellBusy(summary);

  assert.equal('18,204 contexts in view, 3 never popped, 41 problems. On 8 threads.', plainText(what));
  assert.match(plainText(why), /E leads to the next/);
  assert.equal(true, problem);
  assert.deepEqual([true, false], [isBusy(summary), isBusy({ ...summary, contexts: BUSY_CONTEXTS - 1 })]);
});

test('many contexts without a problem are said to be fine', () => {
  const { what, why, problem } = tellBusy({ contexts: 500, leaked: 0, problems: 0, lanes: 1 });

  assert.equal('500 contexts in view. On 1 thread.', plainText(what));
  assert.match(plainText(why), /^No problem among them\./);
  assert.equal(false, problem);
});
