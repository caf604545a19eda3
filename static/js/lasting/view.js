/**
 * @import { Frame } from '../frame.js'
 * @import { Selection } from '../selection.js'
 * @import { LastingModel } from './model.js'
 */

import { make } from '../dom.js';
import { contextName } from '../events.js';
import { countText } from '../units.js';

/** The box "What lasts": `{ } { } { }` against – → 1 → 2. */
export class LastingView {
  #element;
  #model;
  #selection;
  #stop;

  /**
   * @param {HTMLElement} element
   * @param {{ model: LastingModel, selection: Selection, frame: Frame }} parts
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
    const lasting = this.#model.at(this.#selection.step);
    const hasSession = lasting.values.some(({ kind }) => kind !== 'none');
    this.#element.hidden = lasting.pushCount === 0;
    if (lasting.pushCount === 0) return;
    const allEmpty = lasting.emptyCount === lasting.pushCount;
    const pushes = lasting.pushes.map(({ id, empty }) => make(
      'code', { class: empty ? 'once' : 'once filled', title: `${contextName(id)}: g ${empty ? 'began empty' : 'was not empty'}` }, empty ? '{ }' : '{…}',
    ));
    const values = lasting.values.map(({ text, kind }, i) => make(
      'span', { class: 'hop' },
      i > 0 || lasting.cut ? make('span', { class: 'arrow' }, '→') : null,
      make('code', { class: `cookie ${kind}`, title: text }, text),
    ));
    const sessionOf = lasting.own ? 'this browser' : 'one browser';
    this.#element.replaceChildren(
      make('h2', {}, 'What lasts'),
      make('div', { class: 'card' },
        make('dl', {},
          make('dt', {}, make('code', {}, 'g'), ' at each push'),
          make('dd', {}, lasting.pushCount > lasting.pushes.length ? make('span', { class: 'arrow' }, '…') : null, ...pushes),
          !hasSession ? null : make('dt', {}, 'session of ', sessionOf),
          !hasSession ? null : make('dd', {}, lasting.cut ? make('span', { class: 'arrow' }, '…') : null, ...values),
        ),
        make('p', {}, allEmpty
          ? `g began empty in ${lasting.pushCount === 1 ? 'its one push' : `all ${countText(lasting.pushCount)} pushes`}.`
          : `g began empty in ${countText(lasting.emptyCount)} of ${countText(lasting.pushCount)} pushes.`,
        hasSession ? ' The session comes back with the cookie.' : ''),
      ),
    );
    const label = this.#element.querySelector('dt:nth-of-type(2)');
    if (label !== null && lasting.key !== null) label.append(make('code', { class: 'key' }, lasting.key));
  }
}
