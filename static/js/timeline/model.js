/**
 * The timeline's own view of the events: bars, rivers, folds. It only grows, and looks at each event once.
 *
 * @import { AnyRun, EventStore } from '../event-store.js'
 * @import { ProblemMarks } from '../problem-marks.js'
 * @import { Bar } from './bar.js'
 * @import { About, ScopeEvent } from '../events.js'
 */

import { isProblem } from '../description.js';
import { baseOf } from '../events.js';
import { countBelow } from '../jumps.js';
import { valueText } from '../naming.js';
import { durationText, plural } from '../units.js';
import { Bars } from './bars.js';
import { Rivers } from './rivers.js';
import { Folds } from './scale.js';
import { summaryOf } from './summary.js';

/** A pause longer than this is folded away when no context is pushed. */
export const IDLE_NS = 100e6;

/** A pause longer than this is folded away in any case. */
export const LONG_PAUSE_NS = 1e9;

/** CSS pixels. */
export const FOLD_WIDTH = { idle: 44, restart: 52, lost: 52 };

export class TimelineModel {
  #store;
  #next = 0;
  #run = 0;
  #gap = 0;
  #lastAtNs = 0;
  /** What is added to the times of the current run, so that the runs follow each other. */
  #runStartNs = 0;
  /** The oldest step that is still here: the place of everything in the columns below is counted from it. */
  #first;
  /** How many of the contexts that were open at a greeting are drawn, for each run. @type {Map<AnyRun, number>} */
  #opened = new Map();
  /** Contexts whose fate was lost, by number. @type {Map<number, Bar>} */
  #suspended = new Map();

  bars;
  rivers = new Rivers();
  folds = new Folds();
  /** Contexts pushed after each step. */
  #busy = new Uint16Array(1024);
  /** The steps of all problems, in order. @type {number[]} */
  #problems = [];
  #found;
  /** What of it is among the problems. @type {Set<number>} */
  #foundSteps = new Set();
  #foundVersion = 0;
  /** The last event of each process that is over, by the base of its run. @type {Map<number, number>} */
  #ended = new Map();
  /** When each step was, in nanoseconds from the start of the first run; never less than the one before. */
  #times = new Float64Array(1024);

  /** @param {EventStore} store @param {Pick<ProblemMarks, 'steps' | 'version' | 'has'>} [found]  What the doctor found. */
  constructor(store, found = { steps: [], version: 0, has: () => false }) {
    this.#store = store;
    this.#found = found;
    this.bars = new Bars(store);
    this.#first = this.#next = store.firstIndex;
    store.onLettingGo((first) => {
      this.advance();
      this.#letGo(first);
    });
  }

  /** The oldest step that is still here. */
  get first() {
    return this.#first;
  }

  /** Steps that were looked at. */
  get size() {
    return this.#next;
  }

  /**
   * How many contexts are pushed after *step*, on all lanes.
   *
   * @param {number} step
   */
  busyAt(step) {
    return this.#busy[step - this.#first] ?? 0;
  }

  /**
   * How many problems lie in the steps *from* up to, but without, *to*.
   *
   * @param {number} from
   * @param {number} to
   */
  problemsIn(from, to) {
    return Math.max(0, countBelow(this.#problems, to) - countBelow(this.#problems, from));
  }

  /** Whether the doctor found something at a step that its event alone does not show. @param {number} step */
  isFound(step) {
    return this.#found.has(step);
  }

  /** What a process that has ended, or is out of reach, had pushed will not be popped; if it comes back, its bars do. */
  #endProcesses() {
    for (const process of this.#store.processes.values()) {
      const { base, lastIndex } = process;
      if (!this.#store.isOver(process) || lastIndex < this.#first || this.#ended.get(base) === lastIndex) continue;
      this.#ended.set(base, lastIndex);
      for (const bar of this.bars.cutAll(lastIndex + 0.5, (lane) => baseOf(lane) === base)) this.#suspended.set(bar.context, bar);
    }
  }

  /** What the doctor found comes after its events: it takes its place among the problems then. */
  #takeFound() {
    if (this.#found.version === this.#foundVersion) return;
    this.#foundVersion = this.#found.version;
    for (const step of this.#found.steps) {
      if (step < this.#first || step >= this.#next || this.#foundSteps.has(step)) continue;
      this.#foundSteps.add(step);
      for (const steps of [this.#problems, this.bars.lane(this.#store.at(step).lane).problems]) {
        steps.splice(countBelow(steps, step), 0, step);
      }
    }
  }

  /** The first step at *from* or later at which something went wrong; `Infinity` for none. @param {number} from */
  nextProblem(from) {
    return this.#problems[countBelow(this.#problems, from)] ?? Infinity;
  }

  /**
   * When a step was. Steps keep their order here, also where threads tie and across restarts.
   *
   * @param {number} step  A fraction between two steps is allowed.
   * @returns {number} Nanoseconds since the start of the first run on this page.
   */
  timeOf(step) {
    const last = this.#next - this.#first - 1;
    if (last < 0) return 0;
    const place = step - this.#first;
    // Nearly all steps that are asked for are whole, and here.
    if (place >= 0 && place <= last && Number.isInteger(place)) return this.#times[place];
    const at = Math.max(0, Math.min(last, step - this.#first));
    const whole = Math.floor(at);
    const time = this.#times[whole];
    return whole === at ? time : time + (this.#times[whole + 1] - time) * (at - whole);
  }

  /**
   * The first step at *ns* or later.
   *
   * @param {number} ns  As from timeOf.
   * @returns {number} `size` when all were before.
   */
  firstStepAt(ns) {
    let low = 0;
    let high = this.#next - this.#first;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#times[middle] < ns) low = middle + 1;
      else high = middle;
    }
    return low + this.#first;
  }

  /**
   * What touches the steps *from* to *to*, counted.
   *
   * @param {number} from
   * @param {number} to
   */
  summary(from, to) {
    return summaryOf(this.bars.lanes.values(), from, to);
  }

  /** Look at the events that came since. */
  advance() {
    const { size } = this.#store;
    this.#reserve(size - this.#first);
    for (let step = this.#next; step < size; step += 1) {
      const event = this.#store.at(step);
      const place = step - this.#first;
      const pauseNs = place === 0 ? 0 : event.atNs - this.#lastAtNs;
      if (!this.#crossBreaks(step)) this.#foldIdle(step, pauseNs);
      this.#openKnown(step);
      this.#take(step, event);
      this.#lastAtNs = event.atNs;
      this.#busy[place] = Math.min(65_535, this.bars.openCount);
      if (isProblem(event)) {
        this.bars.lane(event.lane).problems.push(step);
        this.#problems.push(step);
      }
      const time = this.#runStartNs + event.atNs;
      this.#times[place] = place > 0 ? Math.max(this.#times[place - 1], time) : time;
      this.#next = step + 1;
    }
    this.#endProcesses();
    this.#takeFound();
  }

  /**
   * Restarts and losses that lie right before *step*.
   *
   * @param {number} step
   */
  #crossBreaks(step) {
    let crossed = false;
    const { runs, gaps } = this.#store;
    while (this.#run + 1 < runs.length && runs[this.#run + 1].from <= step) {
      const before = runs[this.#run];
      this.#run += 1;
      this.#runStartNs = this.#startOf(before.hello.clock.unixMs, runs[this.#run].hello.clock.unixMs, step);
      this.#suspended.clear();
      if (step === 0) continue;
      this.bars.cutAll(step - 0.5, (lane) => !this.#store.isOfOther(baseOf(lane)));
      this.rivers.restart(step);
      this.folds.add({ before: step, kind: 'restart', text: 'server restarted', width: FOLD_WIDTH.restart });
      crossed = true;
    }
    let lost = 0;
    /** @type {Set<number>} */
    const bases = new Set();
    while (this.#gap < gaps.length && gaps[this.#gap].index <= step) {
      lost += gaps[this.#gap].count;
      bases.add(gaps[this.#gap].base);
      this.#gap += 1;
    }
    if (lost > 0) {
      // What one process lost says nothing of another.
      for (const bar of this.bars.cutAll(step - 0.5, (lane) => bases.has(baseOf(lane)))) this.#suspended.set(bar.context, bar);
      const text = `${plural(lost, 'event')} ${step === 0 ? 'not kept' : 'lost'}`;
      this.folds.add({ before: step, kind: 'lost', text, width: FOLD_WIDTH.lost });
      crossed = true;
    }
    return crossed;
  }

  /**
   * When a new run began: by the wall clock, but never before the end of the one before.
   *
   * @param {number} beforeMs
   * @param {number} nowMs
   * @param {number} step  Its first.
   */
  #startOf(beforeMs, nowMs, step) {
    return Math.max(this.#runStartNs + (nowMs - beforeMs) * 1e6, this.timeOf(step - 1));
  }

  /** @param {number} first */
  #letGo(first) {
    const gone = first - this.#first;
    this.#problems = this.#problems.slice(countBelow(this.#problems, first));
    this.#busy.copyWithin(0, gone);
    this.#times.copyWithin(0, gone);
    this.#first = first;
    this.bars.letGo(first);
    this.rivers.letGo(first);
    this.folds.letGo(first);
  }

  /** @param {number} step @param {number} pauseNs */
  #foldIdle(step, pauseNs) {
    const isIdle = this.bars.openCount === 0;
    if (pauseNs <= (isIdle ? IDLE_NS : LONG_PAUSE_NS)) return;
    const text = isIdle ? `${durationText(pauseNs)} idle, hidden` : `${durationText(pauseNs)} without a step`;
    this.folds.add({ before: step, kind: 'idle', text, width: FOLD_WIDTH.idle });
  }

  /**
   * Contexts that were pushed before what the server keeps.
   *
   * @param {number} step
   */
  #openKnown(step) {
    const run = this.#store.runs[this.#run];
    if (run !== undefined) this.#openOf(run, step);
    for (const process of this.#store.processes.values()) this.#openOf(process, step);
  }

  /** @param {AnyRun} run @param {number} step */
  #openOf(run, step) {
    let opened = this.#opened.get(run) ?? 0;
    if (opened === run.open.length) return;
    for (; opened < run.open.length && run.open[opened].index <= step; opened += 1) {
      const { about } = run.open[opened];
      const lane = laneOf(this.#store, about);
      if (lane !== null && this.bars.find(about.id, lane) === undefined) this.bars.push(about, lane, step, false);
    }
    this.#opened.set(run, opened);
  }

  /** @param {number} step @param {ScopeEvent} event */
  #take(step, event) {
    this.bars.lane(event.lane);
    if (event.kind === 'context.pushed') {
      const known = this.bars.find(event.context, event.lane);
      // The same context pushed once more on its lane is still the one box.
      if (known !== undefined && known.fate === 'open' && known.lane === event.lane) return;
      if (event.about.reused !== undefined) this.#revive(event.about.reused, event, step);
      this.bars.push(event.about, event.lane, step, true);
      return;
    }
    const bar = this.#barOf(event, step);
    switch (event.kind) {
      case 'context.popped':
        if (bar === undefined) break;
        if (event.failure !== null || event.unhandled !== null) this.bars.fail(bar);
        if (event.pushes > 0) break;
        this.bars.close(bar, step, 'popped');
        this.rivers.forget(event.context);
        break;
      case 'context.abandoned':
        if (bar !== undefined) this.bars.abandon(bar);
        break;
      case 'g.set':
      case 'g.deleted':
        if (bar?.fate === 'open') bar.changeG(event, step);
        break;
      case 'session.opened':
        this.rivers.open(step, event);
        break;
      case 'session.changed':
        this.rivers.change(event.context, event.key, valueText(event.value));
        break;
      case 'session.deleted':
        this.rivers.change(event.context, event.key, null);
        break;
      case 'session.saved':
        this.rivers.save(step, event);
        break;
      case 'exception':
        if (bar === undefined) break;
        bar.hasMarks = true;
        this.bars.fail(bar);
        break;
      case 'access.failed':
      case 'thread.started':
      case 'recorder.failed': {
        const top = bar ?? this.bars.lane(event.lane).stack.at(-1);
        if (top !== undefined) top.hasMarks = true;
        break;
      }
      default:
    }
  }

  /**
   * The bar an event belongs to, brought back when it was lost sight of.
   *
   * @param {ScopeEvent} event
   * @param {number} step
   */
  #barOf(event, step) {
    if (event.context === null) return undefined;
    this.#revive(event.context, event, step);
    return this.bars.find(event.context, event.lane);
  }

  /**
   * Draw a context again that is still pushed after events were lost.
   *
   * @param {number} context
   * @param {ScopeEvent} event
   * @param {number} step
   */
  #revive(context, event, step) {
    const bar = this.#suspended.get(context);
    if (bar === undefined || bar.lane !== event.lane) return;
    this.#suspended.delete(context);
    if (bar.parent !== null) this.#revive(bar.parent.context, event, step);
    const revived = this.bars.push(bar.about, bar.lane, step - 0.5, false);
    if (bar.failed) this.bars.fail(revived);
    revived.inherit(bar, step - 0.5);
  }

  /** @param {number} size */
  #reserve(size) {
    if (size <= this.#busy.length) return;
    const length = Math.max(size, this.#busy.length * 2);
    const busy = new Uint16Array(length);
    busy.set(this.#busy);
    this.#busy = busy;
    const times = new Float64Array(length);
    times.set(this.#times);
    this.#times = times;
  }
}

/**
 * The lane of a context that only its description is known of.
 *
 * @param {EventStore} store
 * @param {About} about
 */
function laneOf(store, about) {
  let found = null;
  for (const lane of store.lanes.values()) if (lane.name === about.thread && baseOf(lane.id) === baseOf(about.id)) found = lane.id;
  return found;
}
