/** Rules of the page's modules that neither a browser nor tsc would insist on. */

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../static/js/', import.meta.url));

/** The only modules that may name `document` or `window`; everything else is given what it needs. */
const TOUCH_THE_BROWSER = new Set(['main.js', 'dom.js']);

/** Ways from a string to markup, style or code: text of the server's must stay text. */
const FORBIDDEN = [
  /\.(inner|outer)HTML\b/,
  /\binsertAdjacentHTML\b/,
  /\bsetHTMLUnsafe\b/,
  /\bcreateContextualFragment\b/,
  /\bDOMParser\b/,
  /\bdocument\.write/,
  /\beval\s*\(/,
  /\bnew Function\b/,
  /setAttribute\(\s*['"](style|on\w+)['"]/,
  /\bexport\s+default\b/,
];

/** @type {{ path: string, code: string, strings: string, imports: string[] }[]} */
const modules = readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.js'))
  .map((path) => {
    const source = readFileSync(join(ROOT, path), 'utf8');
    const code = withoutComments(source);
    return { path: path.split(sep).join('/'), code: withoutStrings(code), strings: code, imports: importsOf(code) };
  });

/**
 * Comments become blanks; strings stay, so that `//` in an address is no comment.
 *
 * @param {string} source
 */
function withoutComments(source) {
  return source.replace(
    /('(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g,
    (_, string) => string ?? ' ',
  );
}

/** @param {string} code */
function withoutStrings(code) {
  return code.replace(/'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g, "''");
}

/** @param {string} code */
function importsOf(code) {
  const found = code.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)(['"])([^'"]+)\1/g);
  return [...found].map((match) => /** @type {string} */ (match[2]));
}

test('the page has modules, so that the rules below are about something', () => {
  assert.ok(modules.length > 0, `no module in ${ROOT}`);
});

test('every import begins with ./ or ../, ends in .js and is a file: nothing is resolved, nothing is foreign', () => {
  const wrong = modules.flatMap(({ path, imports }) =>
    imports
      .filter((name) => !/^\.\.?\/.*\.js$/.test(name) || !existsSync(resolve(ROOT, dirname(path), name)))
      .map((name) => `${path} imports '${name}'`),
  );

  assert.deepEqual(wrong, []);
});

test('imports stay inside static/js', () => {
  const wrong = modules.flatMap(({ path, imports }) =>
    imports
      .filter((name) => relative(ROOT, resolve(ROOT, dirname(path), name)).startsWith('..'))
      .map((name) => `${path} imports '${name}'`),
  );

  assert.deepEqual(wrong, []);
});

test('no two modules need each other, not even by a detour', () => {
  const importsByPath = new Map(
    modules.map(({ path, imports }) => [
      path,
      imports.map((name) => relative(ROOT, resolve(ROOT, dirname(path), name)).split(sep).join('/')),
    ]),
  );
  /** @type {Set<string>} */
  const done = new Set();
  /** @type {string[]} */
  const circles = [];
  /** @param {string} path @param {string[]} way */
  const follow = (path, way) => {
    if (way.includes(path)) circles.push([...way.slice(way.indexOf(path)), path].join(' → '));
    if (done.has(path) || way.includes(path)) return;
    for (const next of importsByPath.get(path) ?? []) follow(next, [...way, path]);
    done.add(path);
  };
  for (const { path } of modules) follow(path, []);

  assert.deepEqual(circles, []);
});

test('only main.js and dom.js name document and window', () => {
  const wrong = modules
    .filter(({ path }) => !TOUCH_THE_BROWSER.has(path))
    .filter(({ code }) => /(?<![.\w$#'-])(document|window)(?=\s*[.,;)\]?[])/.test(code))
    .map(({ path }) => path);

  assert.deepEqual(wrong, []);
});

test('text never becomes markup, style or code, and every export has a name', () => {
  const wrong = modules.flatMap(({ path, strings }) =>
    FORBIDDEN.filter((pattern) => pattern.test(strings)).map((pattern) => `${path} has ${pattern}`),
  );

  assert.deepEqual(wrong, []);
});

test('views do not import each other: main.js builds them, the store and the selection join them', () => {
  const isView = (/** @type {string} */ path) => /(^|[/-])view\.js$/.test(path);
  const wrong = modules
    .filter(({ path }) => isView(path))
    .flatMap(({ path, imports }) => imports.filter(isView).map((name) => `${path} imports '${name}'`));

  assert.deepEqual(wrong, []);
});

test('files are named in kebab-case', () => {
  const wrong = modules.map(({ path }) => path).filter((path) => !/^([a-z0-9]+(-[a-z0-9]+)*\/)*[a-z0-9]+(-[a-z0-9]+)*\.js$/.test(path));

  assert.deepEqual(wrong, []);
});
