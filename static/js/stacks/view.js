/**
 * The stacks at the step, as blocks: the newest on top, one column a thread.
 *
 * @import { EventStore } from '../event-store.js'
 * @import { Frame } from '../frame.js'
 * @import { ContextState, LaneState } from '../history.js'
 * @import { Selection } from '../selection.js'
 */

import { make } from '../dom.js';
import { contextName } from '../events.js';
import { stateAt } from '../history.js';
import { lanesToShow } from '../lanes-shown.js';
import { assignment, requestName, shortLaneName } from '../naming.js';
import { countText } from '../units.js';

/** Names of a `g` or a session that a block has room for. */
const CHIPS = 3;

export class StacksView {
  #element;
  #store;
  #selection;
  #stop;
  #shown = '';

  /**
   * @param {HTMLElement} element
   * @param {{ store: EventStore, selection: Selection, frame: Frame, onInspect: (context: number) => void }} parts
   */
  constructor(element, { store, selection, frame, onInspect }) {
    this.#element = element;
    this.#store = store;
    this.#selection = selection;
    /** @param {Event} event */
    const onClick = (event) => {
      const button = event.target instanceof Element ? event.target.closest('.block-open') : null;
      if (button !== null) onInspect(Number(button.getAttribute('data-context')));
    };
    element.addEventListener('click', onClick);
    const stop = frame.on('dom', () => this.#paint());
    this.#stop = () => {
      stop();
      element.removeEventListener('click', onClick);
    };
  }

  destroy() {
    this.#stop();
  }

  #paint() {
    const store = this.#store;
    const { step } = this.#selection;
    // What is replaced while the pointer is down never hears the click.
    const seen = `${step} ${store.firstIndex} ${store.gaps.length} ${store.runs.length} ${store.runs.at(-1)?.open.length} ${step < 0 && store.size}`;
    if (seen === this.#shown) return;
    this.#shown = seen;
    const state = stateAt(store, step);
    const event = step >= 0 && step < store.size ? store.at(step) : null;
    const { shown, hidden } = lanesToShow(state, step, event?.lane ?? null);
    const columns = shown.length === 0
      ? [make('div', { class: 'stack' }, well('Empty. Contexts land here as blocks, the newest on top.', false))]
      : shown.map((lane) => this.#column(lane, event));
    this.#element.replaceChildren(
      make('h2', {}, step < 0 ? 'The stack now' : columns.length === 1 ? `The stack at step ${countText(step + 1)}` : `The stacks at step ${countText(step + 1)}`),
      make('div', { class: columns.length > 2 ? 'stack-columns narrow' : 'stack-columns' }, ...columns),
    );
    if (hidden > 0) this.#element.append(make('p', { class: 'aside' }, `and ${hidden} more ${hidden === 1 ? 'thread' : 'threads'} with a context`));
  }

  /** @param {LaneState} lane @param {import('../events.js').ScopeEvent | null} event */
  #column(lane, event) {
    const depth = lane.stack.length;
    const failed = event?.kind === 'access.failed' && event.lane === lane.lane;
    const name = shortLaneName(this.#store, lane.lane);
    const blocks = depth > 0
      ? [...lane.stack].reverse().map((context) => block(context))
      : [well(emptyText(lane), failed)];
    return make(
      'div', { class: lane.lane === event?.lane ? 'stack current' : 'stack' },
      make('h3', { title: this.#store.lanes.get(lane.lane)?.name ?? '' }, make('span', { class: 'stack-lane' }, name),
        make('span', { class: 'stack-depth' }, depth > 0 ? `${depth} deep` : '')),
      make('div', { class: depth > 0 ? 'stack-blocks' : 'stack-blocks bare' }, ...blocks),
    );
  }
}

/** @param {LaneState} lane */
function emptyText(lane) {
  return lane.known
    ? 'Empty. g, request and session have nothing to point to.'
    : 'Not known: events were lost. The next push or pop here tells.';
}

/** @param {string} text @param {boolean} failed */
function well(text, failed) {
  return make('p', { class: failed ? 'well failed' : 'well' }, text);
}

/** @param {ContextState} context */
function block(context) {
  const { about } = context;
  const classes = ['block', about.type];
  if (about.how === 'by hand') classes.push('by-hand');
  if (context.abandoned) classes.push('abandoned');
  if (context.hiddenBy !== null) classes.push('hidden-under');
  const request = about.type === 'app' ? null : requestName(about);
  const element = make(
    'div', { class: classes.join(' ') },
    make('p', { class: 'block-title' },
      make('button', { type: 'button', class: 'block-open', 'data-context': String(about.id), title: `The whole life of ${contextName(about.id)}` },
        { app: 'app context', request: 'request', both: 'context' }[about.type]),
      make('span', {}, contextName(about.id))),
  );
  if (request !== null) element.append(make('p', { class: 'block-request' }, make('code', {}, request)));
  if (context.ownsG) element.append(chips('g', [...context.g].map(([name, value]) => assignment(name, value))));
  const { session } = context;
  if (session !== null) {
    element.append(chips('session', [...session.items].map(([key, value]) => assignment(key, value))));
    if (session.pending) element.append(make('p', { class: 'block-note' }, 'not saved yet'));
  }
  const notes = [
    context.hiddenBy === null ? null : `hidden under ${contextName(context.hiddenBy)}`,
    about.reused === undefined ? null : `on app context ${contextName(about.reused)}, reused`,
    { 'by hand': 'by hand', 'test client': 'by the test client', cli: 'for a command', copy: 'a copy', stream: 'for a stream', request: null }[about.how] ?? null,
    context.abandoned ? 'never popped: its thread ended' : null,
  ];
  for (const note of notes) if (note !== null) element.append(make('p', { class: 'block-note' }, note));
  return element;
}

/** @param {'g' | 'session'} kind @param {string[]} entries */
function chips(kind, entries) {
  const element = make('p', { class: `chips ${kind}` }, make('span', { class: 'chip-name' }, kind));
  if (entries.length === 0) element.append(make('code', { class: 'chip empty' }, '{ }'));
  for (const entry of entries.slice(0, CHIPS)) element.append(make('code', { class: 'chip', title: entry }, entry));
  if (entries.length > CHIPS) element.append(make('span', { class: 'chip-more' }, `and ${entries.length - CHIPS} more`));
  return element;
}
