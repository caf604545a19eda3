/**
 * @import { Frame } from '../frame.js'
 * @import { Selection } from '../selection.js'
 * @import { Problem, ProblemsModel } from './model.js'
 */

import { make } from '../dom.js';
import { nodesOf } from '../text.js';
import { countText } from '../units.js';

/** Problems that have an entry; older ones are counted. */
const SHOWN = 30;

/** The list of problems, the newest first. A press puts the playhead on it. */
export class ProblemsView {
  #element;
  #model;
  #selection;
  #stop;
  #shown = '';

  /**
   * @param {HTMLElement} element
   * @param {{ model: ProblemsModel, selection: Selection, frame: Frame }} parts
   */
  constructor(element, { model, selection, frame }) {
    this.#element = element;
    this.#model = model;
    this.#selection = selection;
    this.#stop = frame.on('dom', () => this.#paint());
  }

  destroy() {
    this.#stop();
  }

  #paint() {
    const problems = this.#model.all();
    const { step } = this.#selection;
    // A button that is replaced while the pointer is down never hears the click.
    const state = `${problems.length} ${problems.filter(({ index }) => index <= step).length} ${step}`;
    if (state === this.#shown) return;
    this.#shown = state;
    this.#element.hidden = problems.length === 0;
    if (problems.length === 0) return;
    const entries = problems.slice(-SHOWN).reverse().map((problem) => this.#entry(problem, step));
    const rest = problems.length - entries.length;
    this.#element.replaceChildren(
      make('h2', {}, 'Problems', make('span', { class: 'count' }, countText(problems.length))),
      make('ul', { class: 'card' }, ...entries, rest > 0 ? make('li', { class: 'aside' }, `and ${countText(rest)} older`) : null),
    );
  }

  /** @param {Problem} problem @param {number} step */
  #entry({ index, title, detail }, step) {
    return make('li', {}, make(
      'button', {
        type: 'button',
        class: index > step ? 'problem later' : 'problem',
        'aria-current': index === step ? 'step' : null,
        onclick: () => this.#selection.moveTo(index),
      },
      make('strong', {}, ...nodesOf(title)),
      make('span', {}, ...nodesOf(detail)),
    ));
  }
}
