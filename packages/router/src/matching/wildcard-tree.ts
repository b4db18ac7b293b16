interface Node<T> {
  value: T | undefined;
  /** The children, by the name of the component. */
  named: Map<string, Node<T>> | undefined;
  /** The child for a component that may have any value. */
  any: Node<T> | undefined;
}

function createNode<T>(): Node<T> {
  return { value: undefined, named: undefined, any: undefined };
}

/** The child for a component of a pattern; an empty component matches any. */
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
 * Wildcard patterns as a tree of components. At each component, a look-up follows at most two branches: the one with
 * that name and the one for any name. The cost depends on the number of wildcard arrangements that fit the URI, not on
 * the number of patterns.
 */
export class WildcardTree<T extends NonNullable<unknown>> {
  readonly #root = createNode<T>();

  set(pattern: string, value: T): void {
    let node = this.#root;
    for (const component of pattern.split('.')) node = childFor(node, component) ?? addChild(node, component);
    node.value = value;
  }

  /** Returns whether an entry was deleted. */
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

  /** Adds the values of all patterns that match `uri`; the value that {@link best} chooses comes first. */
  collect(uri: string, found: T[]): void {
    collectFrom(this.#root, uri.split('.'), 0, found);
  }

  /**
   * Compares from the left; a named component takes precedence over one that matches any, as the specification
   * requires.
   */
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
