/**
 * The timeline's own view of the events: bars, rivers, folds. It only grows, and looks at each event once.
 *
 * @import { AnyRun } from '../event-runs.js'
 * @import { EventStore } from '../event-store.js'
 * @import { ProblemMarks } from '../problem-marks.js'
 * @import { Bar } from './bar.js'
 * @import { About, ScopeEvent } from '../events.js'
 * @import { Fold } from './scale.js'
 */

import { isProblem } from '../description.js';
import { baseOf } from '../events.js';
import { countBelow } from '../jumps.js';
import { valueText } from '../naming.js';
import { durationText, plural } from '../units.js';
import { Bars } from './bars.js';
import { Rivers } from './rivers.js';
import { Folds } from './scale.js';
import { StepColumns } from './step-columns.js';
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
  /** How many of the contexts that were open at a greeting are drawn, for each run. @type {Map<AnyRun, number>} */
  #opened = new Map();
  /** Contexts whose fate was lost, by number. @type {Map<number, Bar>} */
  #suspended = new Map();

  bars;
  rivers;
  folds = new Folds();
  /** Of the folds those where the recording broke off: restarts and losses. */
  breaks = new Folds();
  /** When each step was, and how much was pushed after it. */
  #columns;
  /** The steps of all problems, in order. @type {number[]} */
  #problems = [];
  #found;
  /** What of it is among the problems. @type {Set<number>} */
  #foundSteps = new Set();
  #foundVersion = 0;
  /** The last event of each process that is over, by the base of its run. @type {Map<number, number>} */
  #ended = new Map();

  /** @param {EventStore} store @param {Pick<ProblemMarks, 'steps' | 'version' | 'has'>} [found]  What the doctor found. */
  constructor(store, found = { steps: [], version: 0, has: () => false }) {
    this.#store = store;
    this.#found = found;
    this.bars = new Bars(store);
    this.rivers = new Rivers((base) => store.isOfOther(base));
    this.#next = store.firstIndex;
    this.#columns = new StepColumns(store.firstIndex);
    store.onLettingGo((first) => {
      this.advance();
      this.#letGo(first);
    });
  }

  /** The oldest step that is still here. */
  get first() {
    return this.#columns.first;
  }

  /** Steps that were looked at. */
  get size() {
    return this.#next;
  }

  /** How many contexts are pushed after a step, on all lanes. @param {number} step */
  busyAt(step) {
    return this.#columns.busyAt(step);
  }

  /**
   * When a step was. Steps keep their order here, also where threads tie and across restarts.
   *
   * @param {number} step  A fraction between two steps is allowed.
   * @returns {number} Nanoseconds since the start of the first run on this page.
   */
  timeOf(step) {
    return this.#columns.timeOf(step);
  }

  /**
   * The first step at *ns* or later.
   *
   * @param {number} ns  As from timeOf.
   * @returns {number} `size` when all were before.
   */
  firstStepAt(ns) {
    return this.#columns.firstStepAt(ns);
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
      if (!this.#store.isOver(process) || lastIndex < this.first || this.#ended.get(base) === lastIndex) continue;
      this.#ended.set(base, lastIndex);
      for (const bar of this.bars.cutAll(lastIndex + 0.5, (lane) => baseOf(lane) === base)) this.#suspended.set(bar.context, bar);
    }
  }

  /** What the doctor found comes after its events: it takes its place among the problems then. */
  #takeFound() {
    if (this.#found.version === this.#foundVersion) return;
    this.#foundVersion = this.#found.version;
    for (const step of this.#found.steps) {
      if (step < this.first || step >= this.#next || this.#foundSteps.has(step)) continue;
      this.#foundSteps.add(step);
      for (const steps of [this.#problems, this.bars.lane(this.#store.at(step).lane).problems]) {
        steps.splice(countBelow(steps, step), 0, step);
      }
    }
  }

  /** The steps at which something went wrong, ascending. @returns {readonly number[]} */
  get problems() {
    return this.#problems;
  }

  /** The first step at *from* or later at which something went wrong; `Infinity` for none. @param {number} from */
  nextProblem(from) {
    return this.#problems[countBelow(this.#problems, from)] ?? Infinity;
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
    this.#columns.reserve(size);
    for (let step = this.#next; step < size; step += 1) {
      const event = this.#store.at(step);
      const pauseNs = step === this.first ? 0 : event.atNs - this.#lastAtNs;
      if (!this.#crossBreaks(step)) this.#foldIdle(step, pauseNs);
      this.#openKnown(step);
      this.#take(step, event);
      this.#lastAtNs = event.atNs;
      if (isProblem(event)) {
        this.bars.lane(event.lane).problems.push(step);
        this.#problems.push(step);
      }
      this.#columns.add(this.#runStartNs + event.atNs, this.bars.openCount);
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
      this.#break({ before: step, kind: 'restart', text: 'server restarted', width: FOLD_WIDTH.restart });
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
      this.#break({ before: step, kind: 'lost', text, width: FOLD_WIDTH.lost });
      crossed = true;
    }
    return crossed;
  }

  /** @param {Fold} fold */
  #break(fold) {
    this.folds.add(fold);
    this.breaks.add(fold);
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
    this.#problems = this.#problems.slice(countBelow(this.#problems, first));
    this.#columns.letGo(first);
    this.bars.letGo(first);
    this.rivers.letGo(first);
    this.folds.letGo(first);
    this.breaks.letGo(first);
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
        if (event.handled !== true) this.bars.fail(bar);
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
