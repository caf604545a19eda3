import { make } from '../dom.js';

/**
 * A button that shows and hides something.
 *
 * @param {string} id  By which it is found again when chips are made anew.
 * @param {string} text
 * @param {boolean} isOn
 * @param {() => void} onPress
 */
export function chip(id, text, isOn, onPress) {
  return make('button', { type: 'button', class: 'filter-chip', 'data-chip': id, 'aria-pressed': String(isOn), onclick: onPress }, text);
}
