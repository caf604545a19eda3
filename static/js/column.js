/** Numbers in as little memory as they fit in. */

/**
 * The numbers of a full block: whole, in a range of less than 2³², or kept as they are.
 *
 * @typedef {object} Column
 * @property {number} base  Is added to each.
 * @property {Uint8Array | Uint16Array | Uint32Array | Float64Array | null} values  null when all are alike.
 */

/**
 * @param {ArrayLike<number>} numbers
 * @returns {Column}
 */
export function narrowed(numbers) {
  const { length } = numbers;
  let least = Infinity;
  let most = -Infinity;
  let isWhole = true;
  for (let i = 0; i < length; i += 1) {
    const value = numbers[i];
    if (value < least) least = value;
    if (value > most) most = value;
    isWhole &&= Number.isInteger(value);
  }
  const range = most - least;
  if (!isWhole || !(range < 2 ** 32)) return { base: 0, values: Float64Array.from(numbers) };
  if (range === 0) return { base: least, values: null };
  const values = range < 2 ** 8 ? new Uint8Array(length) : range < 2 ** 16 ? new Uint16Array(length) : new Uint32Array(length);
  for (let i = 0; i < length; i += 1) values[i] = numbers[i] - least;
  return { base: least, values };
}

/** @param {Column} column @param {number} i */
export function valueIn({ base, values }, i) {
  return values === null ? base : base + values[i];
}
