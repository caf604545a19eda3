/**
 * @import { Shortcuts } from '../shortcuts.js'
 * @import { Keys } from './sheet.js'
 */

import { make } from '../dom.js';
import { EVERYWHERE, IN_THE_TABLE, ON_THE_TIMELINE } from './sheet.js';

/** The sheet of all keys. */
export class HelpView {
  #dialog;
  #tour;

  /**
   * @param {HTMLDialogElement} dialog
   * @param {{ shortcuts: Shortcuts, onTour: () => void }} parts
   */
  constructor(dialog, { shortcuts, onTour }) {
    this.#dialog = dialog;
    const box = make('input', { type: 'checkbox', checked: shortcuts.isOn, onchange: () => shortcuts.choose(box.checked) });
    this.#tour = make('button', {
      type: 'button', class: 'plain-button help-tour', hidden: true,
      onclick: () => {
        dialog.close();
        onTour();
      },
    }, 'Take the tour, six steps');
    dialog.replaceChildren(
      make('header', {}, make('h2', { id: 'help-title' }, 'Keys'),
        make('button', { type: 'button', class: 'icon-button', 'aria-label': 'Close', onclick: () => dialog.close() }, '✕')),
      make('h3', {}, 'Everywhere'),
      list(EVERYWHERE),
      make('h3', {}, 'While the timeline has the focus'),
      list(ON_THE_TIMELINE),
      make('h3', {}, 'While the event table has it'),
      list(IN_THE_TABLE),
      make('label', { class: 'help-switch' }, box, 'Single keys: letters, digits and signs act'),
      this.#tour,
      make('p', {}, 'In text fields keys only write. Recording goes on whatever the playhead does.'),
    );
  }

  /** @param {boolean} isPossible */
  offerTour(isPossible) {
    this.#tour.hidden = !isPossible;
  }

  open() {
    if (!this.#dialog.open) this.#dialog.showModal();
  }
}

/** @param {Keys} keys */
function list(keys) {
  return make('dl', {}, ...keys.flatMap(([names, does]) => [
    make('dt', {}, ...names.map((name) => (name === '…' ? make('span', {}, '…') : make('kbd', {}, name)))),
    make('dd', {}, does),
  ]));
}
