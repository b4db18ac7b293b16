// Lets an older Node run the TypeScript of this repository, by `--import`: Node 22 takes the types away by itself, but it
// knows neither `await using` nor the stack that goes with it, which only tests use. Packages are published compiled.
import { registerHooks } from 'node:module';
import ts from 'typescript';

const compilerOptions = {
  target: ts.ScriptTarget.ES2024,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
  inlineSourceMap: true,
};

registerHooks({
  load(url, context, next) {
    if (!/\.ts$/.test(url) || url.includes('/node_modules/')) return next(url, context);
    const { source } = next(url, { ...context, format: 'module' });
    const { outputText } = ts.transpileModule(String(source), { compilerOptions, fileName: url });
    return { format: 'module', source: outputText, shortCircuit: true };
  },
});

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
