/**
 * What went wrong: what the events show by themselves, and what the doctor found in them. The same problem at the
 * same place is one entry, however often it happened.
 *
 * @import { ScopeEvent } from '../events.js'
 * @import { EventStore } from '../event-store.js'
 * @import { Phrase } from '../phrases.js'
 * @import { ProblemMarks } from '../problem-marks.js'
 * @import { Finding, Findings } from './findings.js'
 */

import { isProblem } from '../description.js';
import { countBelow } from '../jumps.js';
import { plural } from '../units.js';
import { tellEvent, tellFinding, tellLoss } from './telling.js';

/** @typedef {Pick<EventStore, 'size' | 'firstIndex' | 'at' | 'runs' | 'gaps' | 'lanes' | 'sites' | 'runAt'>} Store */

/** @typedef {'error' | 'warning' | 'lost'} Severity */

/**
 * @typedef {object} Problem
 * @property {string} key  Stays with the entry.
 * @property {Severity} severity
 * @property {number} index  Where it happened last; -1 when that is not held.
 * @property {number[]} indexes  Where it happened, ascending.
 * @property {Finding | null} finding
 * @property {number | null} gap  Of the store's gaps, for lost events.
 * @property {number | null} event  The latest event that shows it by itself.
 */

export class ProblemsModel {
  #store;
  #findings;
  #marks;
  #done = 0;
  #gapsDone = 0;
  #findingsDone = 0;
  #first = 0;
  #version = 0;
  /** @type {Map<string, Problem>} By key, in the order of their first appearance. */
  #problems = new Map();
  /** Keys of the entries that events of a kind at a place belong to. @type {Map<string, string>} */
  #adopted = new Map();
  /** @type {number[]} Ascending. */
  #steps = [];

  /**
   * @param {Store} store
   * @param {Pick<Findings, 'all'>} [findings]
   * @param {Pick<ProblemMarks, 'add' | 'letGo'>} [marks]  Is told where the doctor found something.
   */
  constructor(store, findings = { all: [] }, marks = { add: () => {}, letGo: () => {} }) {
    this.#store = store;
    this.#findings = findings;
    this.#marks = marks;
  }

  /** @returns {Problem[]} In the order in which they happened last. */
  all() {
    this.#read();
    return [...this.#problems.values()].sort((a, b) => a.index - b.index);
  }

  /** Every step with a problem, ascending. @returns {readonly number[]} */
  get steps() {
    this.#read();
    return this.#steps;
  }

  /** Grows with every change of what `all` returns. */
  get version() {
    this.#read();
    return this.#version;
  }

  /** The entry that a step belongs to. @param {number} step @returns {Problem | null} The doctor's, where there are two. */
  at(step) {
    this.#read();
    let found = null;
    for (const problem of this.#problems.values()) {
      if (problem.indexes[countBelow(problem.indexes, step)] !== step) continue;
      if (found === null || found.finding === null) found = problem;
    }
    return found;
  }

  /** @param {Problem} problem @returns {{ title: Phrase, detail: Phrase }} */
  told(problem) {
    const store = this.#store;
    if (problem.gap !== null) return tellLoss(store.gaps[problem.gap]);
    const hasEvent = problem.event !== null && problem.event >= store.firstIndex;
    if (problem.finding !== null) {
      return tellFinding(problem.finding, hasEvent ? tellEvent(store, /** @type {number} */ (problem.event)).title : null);
    }
    return hasEvent ? tellEvent(store, /** @type {number} */ (problem.event)) : { title: [], detail: [] };
  }

  #read() {
    const store = this.#store;
    this.#letGo(store.firstIndex);
    for (; this.#done < store.size; this.#done += 1) {
      const event = store.at(this.#done);
      if (isProblem(event)) this.#takeEvent(event, this.#done);
    }
    for (; this.#gapsDone < store.gaps.length; this.#gapsDone += 1) {
      // What the server let go before this page came is no problem of anybody.
      const { index } = store.gaps[this.#gapsDone];
      if (index > 0) this.#put({ key: `gap ${this.#gapsDone}`, severity: 'lost', index, indexes: [index], finding: null, gap: this.#gapsDone, event: null });
    }
    for (; this.#findingsDone < this.#findings.all.length; this.#findingsDone += 1) {
      this.#takeFinding(this.#findings.all[this.#findingsDone], this.#findingsDone);
    }
  }

  /** @param {ScopeEvent} event @param {number} index */
  #takeEvent(event, index) {
    const own = keyOf(event);
    const key = this.#adopted.get(own) ?? own;
    const known = this.#problems.get(key);
    if (known === undefined) {
      this.#put({ key, severity: 'error', index, indexes: [index], finding: null, gap: null, event: index });
      return;
    }
    this.#addIndex(known, index);
    known.event = index;
    this.#version += 1;
  }

  /** @param {Finding} finding @param {number} place */
  #takeFinding(finding, place) {
    const held = finding.events.filter((index) => index >= this.#store.firstIndex && index < this.#store.size);
    const where = held.length === 0 ? -1 : Math.max(...held);
    /** @type {Problem} */
    const problem = {
      key: `${finding.rule} ${place}`, severity: finding.severity, index: where, indexes: where < 0 ? [] : [where],
      finding, gap: null, event: null,
    };
    // What an event showed by itself is explained now: the two become one entry.
    for (const index of held) {
      const event = this.#store.at(index);
      if (!isProblem(event)) continue;
      const key = keyOf(event);
      const known = this.#problems.get(key);
      this.#adopted.set(key, problem.key);
      if (known === undefined || known.finding !== null) continue;
      this.#problems.delete(key);
      for (const each of known.indexes) insert(problem.indexes, each);
      problem.index = Math.max(problem.index, known.index);
      problem.event = known.event;
    }
    if (where >= 0 && !isProblem(this.#store.at(where))) this.#marks.add(where);
    this.#put(problem);
  }

  /** @param {Problem} problem */
  #put(problem) {
    this.#problems.set(problem.key, problem);
    for (const index of problem.indexes) insert(this.#steps, index);
    this.#version += 1;
  }

  /** @param {Problem} problem @param {number} index */
  #addIndex(problem, index) {
    insert(problem.indexes, index);
    insert(this.#steps, index);
    problem.index = Math.max(problem.index, index);
  }

  /** What was let go cannot be shown any more; what the doctor said of it stays. @param {number} first */
  #letGo(first) {
    this.#done = Math.max(this.#done, first);
    if (first === this.#first) return;
    this.#first = first;
    this.#marks.letGo(first);
    this.#steps.splice(0, countBelow(this.#steps, first));
    for (const problem of this.#problems.values()) {
      problem.indexes.splice(0, countBelow(problem.indexes, first));
      if (problem.indexes.length > 0) continue;
      if (problem.finding === null) this.#problems.delete(problem.key);
      else problem.index = -1;
    }
    this.#version += 1;
  }
}

/**
 * How many there are of each severity, each happening counted.
 *
 * @param {readonly Problem[]} problems
 * @returns {Record<Severity, number>}
 */
export function countsOf(problems) {
  const counts = { error: 0, warning: 0, lost: 0 };
  for (const { severity, indexes } of problems) counts[severity] += Math.max(1, indexes.length);
  return counts;
}

/** @param {Record<Severity, number>} counts @returns {string} `2 errors, 1 warning` */
export function countsText({ error, warning, lost }) {
  return [
    error > 0 ? plural(error, 'error') : null, warning > 0 ? plural(warning, 'warning') : null,
    lost > 0 ? `${plural(lost, 'gap')}` : null,
  ].filter((text) => text !== null).join(', ');
}

/** What makes two events the same problem. @param {ScopeEvent} event */
function keyOf(event) {
  const place = `${event.kind} ${event.site ?? `lane ${event.lane}`}`;
  switch (event.kind) {
    case 'exception':
      return `${place} ${event.type}`;
    case 'access.failed':
      return `${place} ${event.needs}`;
    case 'recorder.failed':
      return `${event.kind} ${event.hook}`;
    case 'teardown':
      return `${event.kind} ${event.name} ${event.failure?.type}`;
    case 'context.popped':
      return `${place} ${event.failure?.type}`;
    default:
      return event.site === null ? `${place} ${event.context}` : place;
  }
}

/** @param {number[]} indexes  Ascending. @param {number} index */
function insert(indexes, index) {
  const place = countBelow(indexes, index);
  if (indexes[place] !== index) indexes.splice(place, 0, index);
}

