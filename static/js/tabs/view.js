/** The three tabs of a small screen. One of them is in the Tab order; the arrows lead to the others. */
export class TabsView {
  #tabs;
  #onShow;
  #abort = new AbortController();

  /**
   * @param {HTMLElement} element
   * @param {{ onShow: (name: string) => void }} parts
   */
  constructor(element, { onShow }) {
    this.#tabs = /** @type {HTMLElement[]} */ ([...element.querySelectorAll('[role="tab"]')]);
    this.#onShow = onShow;
    const { signal } = this.#abort;
    for (const [i, tab] of this.#tabs.entries()) {
      tab.addEventListener('click', () => this.show(tab.dataset.tab ?? ''), { signal });
      tab.addEventListener('keydown', (event) => this.#key(event, i), { signal });
    }
  }

  destroy() {
    this.#abort.abort();
  }

  /** @param {string} name */
  show(name) {
    for (const tab of this.#tabs) {
      const isShown = tab.dataset.tab === name;
      tab.setAttribute('aria-selected', String(isShown));
      tab.tabIndex = isShown ? 0 : -1;
    }
    this.#onShow(name);
  }

  /** @param {KeyboardEvent} event @param {number} i */
  #key(event, i) {
    const count = this.#tabs.length;
    const to = { ArrowRight: (i + 1) % count, ArrowLeft: (i - 1 + count) % count, Home: 0, End: count - 1 }[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.#tabs[to].focus();
    this.show(this.#tabs[to].dataset.tab ?? '');
  }
}
