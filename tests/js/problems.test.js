/** What the doctor found, joined with what the events show by themselves. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { EventStore } from '../../static/js/event-store.js';
import { plainText } from '../../static/js/phrases.js';
import { ProblemMarks } from '../../static/js/problem-marks.js';
import { Findings } from '../../static/js/problems/findings.js';
import { ProblemsModel, countsOf, countsText } from '../../static/js/problems/model.js';
import { marked, ruleTitle } from '../../static/js/problems/telling.js';
import { readMessage } from '../../static/js/protocol.js';
import { Script, aHello, aLoss, someEvents } from './recording.js';

/** @import { Problem } from '../../static/js/protocol.js' */

/** @param {Record<string, unknown>} [changes] */
function aProblem(changes = {}) {
  return /** @type {Problem} */ (readMessage(JSON.stringify({
    v: 1, type: 'problem', number: 1, rule: 'outside-app-context', severity: 'error', sentence: '`g` was used.', why: 'Why.', remedy: 'pass\n',
    link: 'https://flask.palletsprojects.com/', events: [1], sites: [1], heuristic: false, ...changes,
  })));
}

/** @param {EventStore} store */
function aModel(store) {
  const findings = new Findings(store);
  const marks = new ProblemMarks();
  return { findings, marks, model: new ProblemsModel(store, findings, marks) };
}

const OUTSIDE = /** @type {const} */ (['access.failed', 1, null, 'g', 'Working outside…', false, 'app']);

test('a finding explains the event that shows it, and the two are one entry', () => {
  const store = new Script().push(1, 1).add(...OUTSIDE).from().store();
  const { findings, model, marks } = aModel(store);
  assert.deepEqual([null], model.all().map(({ finding }) => finding));

  findings.take(aProblem({ events: [2] }));

  const [problem, ...others] = model.all();
  assert.deepEqual([], others);
  assert.equal('outside-app-context', problem.finding?.rule);
  assert.deepEqual([1], problem.indexes);
  assert.equal('g used outside of an app context', plainText(model.told(problem).title));
  assert.equal('g was used.', plainText(model.told(problem).detail));
  assert.deepEqual([], marks.steps);
});

test('the same problem at the same place is counted, also after the doctor told of it', () => {
  const script = new Script().add(...OUTSIDE).from().add(...OUTSIDE).from();
  const store = script.store();
  const { findings, model } = aModel(store);
  assert.deepEqual([[0, 1]], model.all().map(({ indexes }) => indexes));

  findings.take(aProblem({ events: [1] }));
  assert.deepEqual([[0, 1]], model.all().map(({ indexes }) => indexes));
  store.append(someEvents(new Script().add(...OUTSIDE).from().add(...OUTSIDE).from().add(...OUTSIDE).from().rows));

  assert.deepEqual([[0, 1, 2]], model.all().map(({ indexes }) => indexes));
  assert.deepEqual([0, 1, 2], model.steps);
  assert.equal('outside-app-context', model.at(2)?.finding?.rule);
});

test('what only the doctor sees has a mark and a step of its own', () => {
  const store = new Script().push(1, 1).pop(1, 1).push(1, 2).store();
  const { findings, model, marks } = aModel(store);

  findings.take(aProblem({ rule: 'g-forgotten', severity: 'warning', events: [1, 3] }));

  assert.deepEqual([2], model.steps);
  assert.deepEqual([2], marks.steps);
  assert.equal(true, marks.has(2));
  assert.deepEqual([0, 1], [marks.countIn(0, 2), marks.countIn(2, 3)]);
  assert.equal('g forgotten', plainText(model.told(model.all()[0]).title));
  assert.equal(model.all()[0], model.at(2));
});

test('a page that connects again is told all again, and takes nothing twice', () => {
  const store = new Script().push(1, 1).store();
  const { findings } = aModel(store);

  assert.deepEqual([true, false, true], [findings.take(aProblem()), findings.take(aProblem()), findings.take(aProblem({ rule: 'g-forgotten' }))]);
  store.append(aHello({ run: 'bbbbbbbbbbbbbbbb' }));
  assert.equal(true, findings.take(aProblem()));
});

test('evidence that this page does not hold is no step', () => {
  const store = new Script().push(1, 1).store();
  const { findings, model } = aModel(store);

  findings.take(aProblem({ events: [17] }));

  assert.deepEqual([], model.steps);
  assert.equal(-1, model.all()[0].index);
});

test('severities are counted apart', () => {
  const store = new Script().add(...OUTSIDE).from().push(1, 1).store();
  store.append(aLoss({ from: 3, to: 4, count: 2 }));
  const { findings, model } = aModel(store);
  findings.take(aProblem({ severity: 'warning', events: [2] }));

  assert.deepEqual({ error: 1, warning: 1, lost: 1 }, countsOf(model.all()));
  assert.equal('1 error, 1 warning, 1 gap', countsText(countsOf(model.all())));
  assert.equal('2 errors', countsText({ error: 2, warning: 0, lost: 0 }));
});

test('a problem that was let go with its events is forgotten, what the doctor said stays', () => {
  const marks = new ProblemMarks();
  for (const step of [5, 2, 9, 5]) marks.add(step);
  const { version } = marks;

  marks.letGo(5);

  assert.deepEqual([5, 9], marks.steps);
  assert.notEqual(version, marks.version);
});

test('code between backticks is set as code, and a lone backtick is text', () => {
  assert.deepEqual([{ code: 'g.user' }, ' is gone'], marked('`g.user` is gone'));
  assert.equal('a `b', plainText(marked('a `b')));
  assert.equal('a b c`d', plainText(marked('a `b` c`d')));
  assert.deepEqual([], marked(''));
});

test('the name of a rule reads as a heading', () => {
  assert.equal('g shared between requests', plainText(ruleTitle('g-shared-between-requests')));
  assert.equal('Stream left its context', plainText(ruleTitle('stream-left-its-context')));
  assert.equal('URL outside request', plainText(ruleTitle('url-outside-request')));
});

test('a link that is no address of the web is left out', () => {
  assert.equal('', aProblem({ link: 'javascript:alert(1)' }).link);
});
