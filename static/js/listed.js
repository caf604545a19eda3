/** Which of very many entries are listed: nobody reads them all, but none is out of reach. */

/**
 * @template T
 * @param {readonly T[]} all
 * @param {object} how
 * @param {number} how.most  Listed at most, beside those that always are.
 * @param {'first' | 'last'} how.from  Which of the others go before.
 * @param {(entry: T) => boolean} how.always  Whether a person decided about it, and must find it again.
 * @param {string} how.sought  A part of the name; '' for no matter what.
 * @param {(entry: T) => string} how.name
 * @returns {T[]} In their order.
 */
export function listed(all, { most, from, always, sought, name }) {
  const part = sought.trim().toLowerCase();
  const fitting = part === '' ? all : all.filter((entry) => name(entry).toLowerCase().includes(part));
  const chosen = new Set(fitting.filter(always));
  const others = fitting.filter((entry) => !chosen.has(entry));
  const room = Math.max(0, most - chosen.size);
  for (const entry of from === 'first' ? others.slice(0, room) : others.slice(Math.max(0, others.length - room))) chosen.add(entry);
  return fitting.filter((entry) => chosen.has(entry));
}
