interface Node<T> {
  value: T | undefined;
  /** What follows a component by name. */
  named: Map<string, Node<T>> | undefined;
  /** What follows a component that may be any. */
  any: Node<T> | undefined;
}

function createNode<T>(): Node<T> {
  return { value: undefined, named: undefined, any: undefined };
}

/** The child for a component of a pattern, where the empty one stands for any. */
function childFor<T>(node: Node<T>, component: string): Node<T> | undefined {
  return component === '' ? node.any : node.named?.get(component);
}

function addChild<T>(node: Node<T>, component: string): Node<T> {
  const child = createNode<T>();
  if (component === '') {
    node.any = child;
  } else {
    node.named ??= new Map();
    node.named.set(component, child);
  }
  return child;
}

function removeChild<T>(node: Node<T>, component: string): void {
  if (component === '') node.any = undefined;
  else if (node.named?.delete(component) && node.named.size === 0) node.named = undefined;
}

function isBare<T>({ value, named, any }: Node<T>): boolean {
  return value === undefined && named === undefined && any === undefined;
}

function collectFrom<T>(node: Node<T>, components: readonly string[], index: number, found: T[]): void {
  const component = components[index];
  if (component === undefined) {
    if (node.value !== undefined) found.push(node.value);
    return;
  }
  const named = node.named?.get(component);
  if (named !== undefined) collectFrom(named, components, index + 1, found);
  if (node.any !== undefined) collectFrom(node.any, components, index + 1, found);
}

function bestFrom<T>(node: Node<T>, components: readonly string[], index: number): T | undefined {
  const component = components[index];
  if (component === undefined) return node.value;
  const named = node.named?.get(component);
  const best = named === undefined ? undefined : bestFrom(named, components, index + 1);
  if (best !== undefined || node.any === undefined) return best;
  return bestFrom(node.any, components, index + 1);
}

/**
 * Wildcard patterns as a tree of components. A look-up follows at most two branches at a component, the one by name and
 * the one that may be any: what it visits depends on how many arrangements of wildcards there are that fit the URI, and
 * not on how many patterns.
 */
export class WildcardTree<T extends NonNullable<unknown>> {
  readonly #root = createNode<T>();

  set(pattern: string, value: T): void {
    let node = this.#root;
    for (const component of pattern.split('.')) node = childFor(node, component) ?? addChild(node, component);
    node.value = value;
  }

  /** Whether there was anything to delete. */
  delete(pattern: string): boolean {
    const components = pattern.split('.');
    const path = [this.#root];
    for (const component of components) {
      const child = childFor(path[path.length - 1] as Node<T>, component);
      if (child === undefined) return false;
      path.push(child);
    }
    const node = path.pop() as Node<T>;
    const existed = node.value !== undefined;
    node.value = undefined;
    this.#prune(node, path, components);
    return existed;
  }

  /** Adds the values of all patterns that `uri` matches, the one that {@link best} would choose first. */
  collect(uri: string, found: T[]): void {
    collectFrom(this.#root, uri.split('.'), 0, found);
  }

  /** A component by name goes before one that may be any, from the left: that is the specification's precedence. */
  best(uri: string): T | undefined {
    return bestFrom(this.#root, uri.split('.'), 0);
  }

  #prune(last: Node<T>, path: Node<T>[], components: string[]): void {
    for (let node = last; isBare(node) && path.length > 0; ) {
      const parent = path.pop() as Node<T>;
      removeChild(parent, components[path.length] as string);
      node = parent;
    }
  }
}
