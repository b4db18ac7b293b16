// Lets an older Node run the TypeScript of this repository, by `--import`: Node 22 takes the types away by itself, but it
// knows neither `await using` nor the stack that goes with it, which only tests use. Packages are published compiled.
import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire, registerHooks } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);
const cache = join(dirname(import.meta.dirname), 'node_modules', '.cache', 'older-node');
mkdirSync(cache, { recursive: true });

registerHooks({
  load(url, context, next) {
    if (!/\.ts$/.test(url) || url.includes('/node_modules/')) return next(url, context);
    const { source } = next(url, { ...context, format: 'module' });
    return { format: 'module', source: compiled(url, String(source)), shortCircuit: true };
  },
});

/** Kept in a file, since a run of the tests starts many processes, and a compiler takes longer than most of them. */
function compiled(url, source) {
  const file = join(cache, createHash('sha256').update(url).update(source).digest('hex'));
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  const text = compile(url, source);
  // Other processes find the whole file or none.
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, text);
  renameSync(draft, file);
  return text;
}

function compile(fileName, source) {
  const ts = require('typescript');
  const compilerOptions = {
    target: ts.ScriptTarget.ES2024,
    module: ts.ModuleKind.ESNext,
    verbatimModuleSyntax: true,
    inlineSourceMap: true,
  };
  return ts.transpileModule(source, { compilerOptions, fileName }).outputText;
}

Symbol.dispose ??= Symbol('Symbol.dispose');
Symbol.asyncDispose ??= Symbol('Symbol.asyncDispose');

/** The part of the standard's class that the tests use. */
globalThis.AsyncDisposableStack ??= class AsyncDisposableStack {
  #releases = [];
  #disposed = false;

  get disposed() {
    return this.#disposed;
  }

  use(resource) {
    if (resource === null || resource === undefined) return resource;
    const dispose = resource[Symbol.asyncDispose] ?? resource[Symbol.dispose];
    if (typeof dispose !== 'function') throw new TypeError('the resource is not disposable');
    this.defer(() => dispose.call(resource));
    return resource;
  }

  adopt(value, release) {
    this.defer(() => release(value));
    return value;
  }

  defer(release) {
    if (this.#disposed) throw new ReferenceError('the stack is disposed');
    this.#releases.push(release);
  }

  move() {
    const moved = new AsyncDisposableStack();
    for (const release of this.#releases.splice(0)) moved.defer(release);
    this.#disposed = true;
    return moved;
  }

  async disposeAsync() {
    this.#disposed = true;
    const failures = [];
    for (const release of this.#releases.splice(0).reverse()) {
      try {
        await release();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length === 1) throw failures[0];
    if (failures.length > 1) throw new AggregateError(failures, 'several resources could not be released');
  }

  [Symbol.asyncDispose]() {
    return this.disposeAsync();
  }
};
