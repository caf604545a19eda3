/** @import { Shortcuts } from '../shortcuts.js' */

import { make } from '../dom.js';

/** @type {[keys: string[], does: string][]} */
const EVERYWHERE = [
  [['1', '…', '9'], 'fire'],
  [['Space'], 'play and pause'],
  [['←', '→'], 'step back and forward'],
  [['Home'], 'first step'],
  [['End'], 'newest step, and follow'],
  [['PgUp', 'PgDn'], '15 steps back and forward'],
  [['/'], 'find; Enter for the next, Shift+Enter for the one before'],
  [['F3'], 'next hit; with Shift the one before'],
  [['?'], 'all keys'],
  [['Esc'], 'close, show the rest again, find nothing'],
];

/** What the timeline itself understands is told by the timeline. @type {[keys: string[], does: string][]} */
const ON_THE_TIMELINE = [
  [['[', ']'], 'previous and next context'],
  [[',', '.'], 'previous and next event of this lane'],
  [['E'], 'next problem; with Shift the previous one'],
  [['I'], 'the whole life of the context at the playhead'],
  [['T'], 'full event table'],
  [['W', 'S'], 'zoom in and out; also Ctrl and wheel'],
  [['A', 'D'], 'move left and right; also the wheel'],
  [['F'], 'fit the context of the step, then everything'],
];

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

/** @param {[keys: string[], does: string][]} keys */
function list(keys) {
  return make('dl', {}, ...keys.flatMap(([names, does]) => [
    make('dt', {}, ...names.map((name) => (name === '…' ? make('span', {}, '…') : make('kbd', {}, name)))),
    make('dd', {}, does),
  ]));
}
