/** A region that scrolls is a stop of the Tab key, so that the arrows can scroll it; one that does not is none. */
export class ScrollStop {
  #element;
  #resized;

  /** @param {HTMLElement} element  Has a name. What grows in it are its children; all are there already. */
  constructor(element) {
    this.#element = element;
    this.#resized = new ResizeObserver(() => this.#look());
    for (const part of [element, ...element.children]) this.#resized.observe(part);
  }

  destroy() {
    this.#resized.disconnect();
  }

  #look() {
    const { scrollHeight, clientHeight, tabIndex } = this.#element;
    if (scrollHeight > clientHeight) this.#element.tabIndex = 0;
    // Without it, the focus would be lost.
    else if (tabIndex === 0 && !this.#element.matches(':focus')) this.#element.removeAttribute('tabindex');
  }
}
