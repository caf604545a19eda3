import { make } from '../dom.js';

/** @type {[keys: string[], does: string][]} */
const EVERYWHERE = [
  [['1', '…', '9'], 'fire'],
  [['Space'], 'play and pause'],
  [['←', '→'], 'step back and forward'],
  [['Home'], 'first step'],
  [['End'], 'newest step, and follow'],
  [['PgUp', 'PgDn'], '15 steps back and forward'],
  [['?'], 'all keys'],
  [['Esc'], 'close'],
];

/** What the timeline itself understands is told by the timeline. @type {[keys: string[], does: string][]} */
const ON_THE_TIMELINE = [
  [['[', ']'], 'previous and next context'],
  [[',', '.'], 'previous and next event of this lane'],
  [['E'], 'next problem; with Shift the previous one'],
  [['T'], 'full event table'],
];

/** The sheet of all keys. */
export class HelpView {
  #dialog;

  /** @param {HTMLDialogElement} dialog */
  constructor(dialog) {
    this.#dialog = dialog;
    dialog.replaceChildren(
      make('header', {}, make('h2', { id: 'help-title' }, 'Keys'),
        make('button', { type: 'button', class: 'icon-button', 'aria-label': 'Close', onclick: () => dialog.close() }, '✕')),
      make('h3', {}, 'Everywhere'),
      list(EVERYWHERE),
      make('h3', {}, 'While the timeline has the focus'),
      list(ON_THE_TIMELINE),
      make('p', {}, 'In text fields keys only write. Recording goes on whatever the playhead does.'),
    );
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
