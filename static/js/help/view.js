/**
 * @import { Shortcuts } from '../shortcuts.js'
 * @import { Keys } from './sheet.js'
 */

import { make } from '../dom.js';
import { pictureOf } from '../sign-picture.js';
import { MORE_SIGNS, SIGNS } from '../signs.js';
import { EVERYWHERE, IN_THE_TABLE, ON_THE_TIMELINE } from './sheet.js';

/** The sheet of all keys, and of what the timeline's signs mean. */
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
      make('header', {}, make('h2', { id: 'help-title' }, 'Keys and signs'),
        make('button', { type: 'button', class: 'icon-button', 'aria-label': 'Close', onclick: () => dialog.close() }, '✕')),
      make('div', { class: 'help-parts' },
        part('Everywhere', list(EVERYWHERE)),
        part('While the timeline has the focus', list(ON_THE_TIMELINE)),
        part('While the event table has it', list(IN_THE_TABLE)),
        part('Signs on the timeline', make('ul', { class: 'help-signs' },
          ...[...SIGNS, ...MORE_SIGNS].map(([sign, words]) => make('li', {}, pictureOf(sign), words))))),
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

/** @param {string} title @param {HTMLElement} content */
function part(title, content) {
  return make('section', {}, make('h3', {}, title), content);
}

/** @param {Keys} keys */
function list(keys) {
  return make('dl', {}, ...keys.flatMap(([names, does]) => [
    make('dt', {}, ...names.map((name) => (name === '…' ? make('span', {}, '…') : make('kbd', {}, name)))),
    make('dd', {}, does),
  ]));
}
