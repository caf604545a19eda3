import { make } from './dom.js';

/**
 * A button that puts text into the clipboard and says whether it could.
 *
 * @param {string} name  `Copy text`
 * @param {() => string} text
 * @param {(text: string) => Promise<void>} copy
 */
export function copyButton(name, text, copy) {
  const button = make('button', {
    type: 'button',
    class: 'plain-button',
    onclick: async () => {
      try {
        await copy(text());
        button.textContent = name.replace('Copy', 'Copied');
      } catch {
        button.textContent = 'Not allowed here: select it and press Ctrl+C';
      }
    },
  }, name);
  return button;
}
