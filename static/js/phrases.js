/**
 * Sentences in parts, so that code in them can be set as code, and values stay text all the way.
 */

/** @typedef {{ code: string }} Code */
/** @typedef {(string | Code)[]} Phrase */

/**
 * @param {string} text
 * @returns {Code}
 */
export function code(text) {
  return { code: text };
}

/**
 * A phrase from a template: `say\`${lane} reads ${code('g.user')}\``. A phrase within becomes part of it.
 *
 * @param {TemplateStringsArray} strings
 * @param {...(string | number | Code | Phrase)} parts
 * @returns {Phrase}
 */
export function say(strings, ...parts) {
  /** @type {Phrase} */
  const phrase = [];
  strings.forEach((text, i) => {
    add(phrase, text);
    if (i >= parts.length) return;
    const part = parts[i];
    if (Array.isArray(part)) for (const piece of part) add(phrase, piece);
    else add(phrase, typeof part === 'number' ? String(part) : part);
  });
  return phrase;
}

/**
 * Several phrases as one, with a space between them; empty ones leave no trace.
 *
 * @param {...(Phrase | null)} phrases
 * @returns {Phrase}
 */
export function join(...phrases) {
  /** @type {Phrase} */
  const whole = [];
  for (const phrase of phrases) {
    if (phrase === null || phrase.length === 0) continue;
    if (whole.length > 0) add(whole, ' ');
    for (const part of phrase) add(whole, part);
  }
  return whole;
}

/**
 * A list as people say it: `a`, `b` and `c`; long ones end in "and 4 more".
 *
 * @param {(string | Code)[]} items
 * @param {number} [most]  How many are named.
 * @returns {Phrase}
 */
export function listing(items, most = 3) {
  /** @type {Phrase} */
  const phrase = [];
  const named = items.slice(0, most);
  const rest = items.length - named.length;
  named.forEach((item, i) => {
    if (i > 0) add(phrase, i === named.length - 1 && rest === 0 ? ' and ' : ', ');
    add(phrase, item);
  });
  if (rest > 0) add(phrase, ` and ${rest} more`);
  return phrase;
}

/**
 * @param {Phrase} phrase
 * @returns {string}
 */
export function plainText(phrase) {
  return phrase.map((part) => (typeof part === 'string' ? part : part.code)).join('');
}

/** @param {Phrase} phrase @param {string | Code} part */
function add(phrase, part) {
  const last = phrase.at(-1);
  if (typeof part !== 'string') phrase.push(part);
  else if (part === '') return;
  else if (typeof last === 'string') phrase[phrase.length - 1] = last + part;
  else phrase.push(part);
}
