/**
 * The colours the timeline is drawn with.
 *
 * Each is a custom property of css/palette.css (`appFill` is `--app-fill`). `--band` and `--grid` are asked for
 * too. A property that is not set has the value given here.
 */

/**
 * @typedef {object} Palette
 * @property {string} bg  Behind everything.
 * @property {string} band  Behind a lane.
 * @property {string} panel  Behind the overview.
 * @property {string} grid  The line of a step.
 * @property {string} line
 * @property {string} lineStrong
 * @property {string} text
 * @property {string} muted
 * @property {string} faint
 * @property {string} app  Outline of an app context.
 * @property {string} appFill
 * @property {string} appInk  Text on the fill.
 * @property {string} request  Outline of a request context.
 * @property {string} requestFill
 * @property {string} requestInk
 * @property {string} g  Fill of the strip.
 * @property {string} gLine  Outline of the strip, and its marks.
 * @property {string} gInk  Text on the strip.
 * @property {string} session  Rivers and their marks.
 * @property {string} sessionInk  Text on a river.
 * @property {string} sessionText  Text beside a river.
 * @property {string} error
 * @property {string} errorInk  Text on the error colour.
 * @property {string} errorFill
 * @property {string} playhead
 * @property {string} playheadInk  Text on its flag.
 * @property {string} veil  Over what has not happened yet; translucent.
 */

/** @type {Palette} */
export const DARK = {
  bg: '#0c0f14',
  band: '#10141d',
  panel: '#12161d',
  grid: '#1b212b',
  line: '#2a323e',
  lineStrong: '#414c5b',
  text: '#e8edf4',
  muted: '#9fabbb',
  faint: '#6d7889',
  app: '#5b99f9',
  appFill: '#12213f',
  appInk: '#c3d9fd',
  request: '#4fe6bd',
  requestFill: '#0b2d27',
  requestInk: '#b5f5e2',
  g: '#f3c566',
  gLine: '#f3c566',
  gInk: '#1d1503',
  session: '#d96aa4',
  sessionInk: '#16040d',
  sessionText: '#f0a3c9',
  error: '#ff4b1f',
  errorInk: '#1c0400',
  errorFill: '#35130a',
  playhead: '#ffffff',
  playheadInk: '#0c0f14',
  veil: 'rgb(12 15 20 / 0.55)',
};

/** @type {Palette} */
export const LIGHT = {
  bg: '#f3f5f8',
  band: '#ffffff',
  panel: '#ffffff',
  grid: '#e4e8ee',
  line: '#dde2ea',
  lineStrong: '#b3bdcb',
  text: '#141a22',
  muted: '#4d5a6b',
  faint: '#7a8697',
  app: '#2252ab',
  appFill: '#e4ecfa',
  appInk: '#173a7d',
  request: '#2f8c6c',
  requestFill: '#e0f3ec',
  requestInk: '#17543f',
  g: '#dd9416',
  gLine: '#9a6200',
  gInk: '#1d1503',
  session: '#7d0753',
  sessionInk: '#ffffff',
  sessionText: '#7d0753',
  error: '#bb262e',
  errorInk: '#ffffff',
  errorFill: '#fbe6e6',
  playhead: '#141a22',
  playheadInk: '#ffffff',
  veil: 'rgb(243 245 248 / 0.55)',
};

/**
 * The colours as they are now.
 *
 * @param {(name: string) => string} read  The value of a custom property, named without its dashes; '' where
 *   it is not set.
 * @param {'dark' | 'light'} theme  Whose values to use where nothing is set.
 * @returns {Palette}
 */
export function readPalette(read, theme) {
  const palette = { ...(theme === 'dark' ? DARK : LIGHT) };
  for (const key of /** @type {(keyof Palette)[]} */ (Object.keys(palette))) {
    const value = read(propertyOf(key)).trim();
    if (value !== '') palette[key] = value;
  }
  return palette;
}

/**
 * The custom property of a colour, without its dashes.
 *
 * @param {string} key
 */
export function propertyOf(key) {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
