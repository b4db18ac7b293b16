interface Node<T> {
  /** The characters between the parent and this node; empty only for the root. */
  label: string;
  value: T | undefined;
  /** The children, by the first character of their labels. */
  children: Map<number, Node<T>> | undefined;
}

function lengthInCommon(label: string, text: string, offset: number): number {
  let length = 1;
  while (length < label.length && label.charCodeAt(length) === text.charCodeAt(offset + length)) length++;
  return length;
}

/** Splits a node into itself, with the first characters of its label, and a child with the rest. */
function split<T>(node: Node<T>, length: number): void {
  const rest = { label: node.label.slice(length), value: node.value, children: node.children };
  node.label = node.label.slice(0, length);
  node.value = undefined;
  node.children = new Map([[rest.label.charCodeAt(0), rest]]);
}

/** Merges the only child into a node without a value: the opposite of {@link split}. */
function absorb<T>(node: Node<T>): void {
  if (node.value !== undefined || node.label === '' || node.children?.size !== 1) return;
  for (const only of node.children.values()) {
    node.label += only.label;
    node.value = only.value;
    node.children = only.children;
  }
}

/** The child whose label matches `text` at `offset`. */
function childOn<T>(node: Node<T>, text: string, offset: number): Node<T> | undefined {
  const child = node.children?.get(text.charCodeAt(offset));
  return child !== undefined && text.startsWith(child.label, offset) ? child : undefined;
}

function addLeaf<T>(node: Node<T>, label: string): Node<T> {
  const leaf: Node<T> = { label, value: undefined, children: undefined };
  node.children ??= new Map();
  node.children.set(label.charCodeAt(0), leaf);
  return leaf;
}

/**
 * Returns the child that ends where `text` from `offset` on and the existing labels differ. It creates the child if
 * necessary.
 */
function ensureChild<T>(node: Node<T>, text: string, offset: number): Node<T> {
  const child = node.children?.get(text.charCodeAt(offset));
  if (child === undefined) return addLeaf(node, text.slice(offset));
  const common = lengthInCommon(child.label, text, offset);
  if (common < child.label.length) split(child, common);
  return child;
}

/**
 * Prefixes as a radix tree: a look-up follows the characters of the text once, for any number of prefixes. It does not
 * recurse, since the tree may be as deep as the longest URI.
 */
export class PrefixTree<T extends NonNullable<unknown>> {
  readonly #root: Node<T> = { label: '', value: undefined, children: undefined };

  set(prefix: string, value: T): void {
    let node = this.#root;
    for (let offset = 0; offset < prefix.length; offset += node.label.length) node = ensureChild(node, prefix, offset);
    node.value = value;
  }

  /** Returns whether an entry was deleted. */
  delete(prefix: string): boolean {
    let [parent, node] = [this.#root, this.#root];
    for (let offset = 0; offset < prefix.length; offset += node.label.length) {
      const child = childOn(node, prefix, offset);
      if (child === undefined) return false;
      [parent, node] = [node, child];
    }
    const existed = node.value !== undefined;
    node.value = undefined;
    if (node.children === undefined || node.children.size === 0) parent.children?.delete(node.label.charCodeAt(0));
    absorb(node);
    absorb(parent);
    return existed;
  }

  /** Adds the values of all prefixes of `text`, the shortest first. */
  collect(text: string, found: T[]): void {
    let offset = 0;
    for (let node = this.#root as Node<T> | undefined; node !== undefined; node = childOn(node, text, offset)) {
      if (node.value !== undefined) found.push(node.value);
      offset += node.label.length;
    }
  }

  /** The value of the longest prefix of `text`. */
  longest(text: string): T | undefined {
    let longest: T | undefined;
    let offset = 0;
    for (let node = this.#root as Node<T> | undefined; node !== undefined; node = childOn(node, text, offset)) {
      longest = node.value ?? longest;
      offset += node.label.length;
    }
    return longest;
  }
}
