/** A pattern and its target. */
export interface PatternEntry<Target> {
  /** Its parts. `*` matches any part, at the end all remaining parts, and inside a part any characters. */
  readonly parts: readonly string[];
  readonly target: Target;
}

interface Node<Target> {
  /** The targets of names that end here. */
  readonly targets: Target[];
  /** The targets of all longer names. */
  readonly rest: Target[];
  readonly literal: Map<string, Node<Target>>;
  any: Node<Target> | undefined;
  readonly globs: { readonly test: RegExp; readonly source: string; readonly node: Node<Target> }[];
}

/**
 * Finds the patterns that match a name. The cost depends on the parts of the name, not on the number of patterns.
 *
 * @example
 * ```ts
 * const tree = new PatternTree([{ parts: ['shop', '*'], target: 1 }, { parts: ['*', 'orders'], target: 2 }]);
 * tree.find(['shop', 'orders']); // [1, 2], in the order of the entries
 * ```
 */
export class PatternTree<Target> {
  readonly #root: Node<Target> = emptyNode();
  readonly #order = new Map<Target, number>();

  constructor(entries: Iterable<PatternEntry<Target>>) {
    for (const { parts, target } of entries) {
      if (!this.#order.has(target)) this.#order.set(target, this.#order.size);
      this.#add(parts, target);
    }
  }

  /**
   * The targets of all patterns that match a name, each once.
   *
   * @param step called for every visited node of the tree.
   */
  find(parts: readonly string[], step?: () => void): Target[] {
    const found = new Set<Target>();
    let nodes: Node<Target>[] = [this.#root];
    for (const part of parts) {
      const next: Node<Target>[] = [];
      for (const node of nodes) {
        step?.();
        for (const target of node.rest) found.add(target);
        const literal = node.literal.get(part);
        if (literal) next.push(literal);
        if (node.any) next.push(node.any);
        for (const { test, node: child } of node.globs) {
          step?.();
          if (test.test(part)) next.push(child);
        }
      }
      nodes = next;
    }
    for (const node of nodes) for (const target of node.targets) found.add(target);
    return [...found].sort((one, other) => this.#rank(one) - this.#rank(other));
  }

  #rank(target: Target): number {
    return this.#order.get(target) ?? 0;
  }

  #add(parts: readonly string[], target: Target): void {
    let node = this.#root;
    for (const [index, part] of parts.entries()) {
      if (part === '*' && index === parts.length - 1) {
        node.rest.push(target);
        return;
      }
      node = childOf(node, part);
    }
    node.targets.push(target);
  }
}

function emptyNode<Target>(): Node<Target> {
  return { targets: [], rest: [], literal: new Map(), any: undefined, globs: [] };
}

function childOf<Target>(node: Node<Target>, part: string): Node<Target> {
  if (part === '*') {
    node.any ??= emptyNode();
    return node.any;
  }
  if (part.includes('*')) {
    const known = node.globs.find(({ source }) => source === part);
    if (known) return known.node;
    const child = emptyNode<Target>();
    const characters = part.split(/\*+/).map((text) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
    node.globs.push({ test: new RegExp(`^${characters.join('.*')}$`, 's'), source: part, node: child });
    return child;
  }
  const child = node.literal.get(part) ?? emptyNode<Target>();
  node.literal.set(part, child);
  return child;
}

/** The parts of a table pattern `schema.table`; a table name may contain dots. */
export function tableParts(pattern: string): readonly string[] {
  const dot = pattern.indexOf('.');
  return dot < 0 ? ['*', pattern] : [pattern.slice(0, dot), pattern.slice(dot + 1)];
}
