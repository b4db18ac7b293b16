// A plug-in of typedoc: demands that the public API shows how it is used. typedoc itself demands a summary of everything (`notDocumented`).
// - A function and a class has an `@example`.
// - A method has one, or is called in the example of its class.
// - An error class says in `@remarks` what to do; where to catch errors is shown by their base classes.
import { Converter, ReflectionKind } from 'typedoc';

/** Called by typedoc. */
export function load({ converter, logger }) {
  converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
    const functions = project.getReflectionsByKind(ReflectionKind.Function);
    const classes = project.getReflectionsByKind(ReflectionKind.Class);
    const methods = classes.flatMap(({ children = [] }) => children.filter(isMethod));
    const isConcreteError = (it) => it.getChildByName('stack') && !it.flags.isAbstract;
    const [errors, others] = [classes.filter(isConcreteError), classes.filter((it) => !isConcreteError(it))];

    const demand = (reflections, isMet, what) => {
      for (const it of reflections) if (!isMet(it)) logger.warn(`${it.getFriendlyFullName()} has no ${what}`);
    };
    demand([...functions, ...others], hasTag('@example'), '@example');
    demand(
      methods,
      (it) => hasTag('@example')(it) || isCalledInExample(it),
      '@example, nor has its class one that calls it',
    );
    demand(errors, hasTag('@remarks'), '@remarks that say what to do');
  });
}

/** A method of ours that is called by its name: not one of `Error`, and no protocol of the language such as `Symbol.asyncDispose`. */
function isMethod(reflection) {
  return reflection.kindOf(ReflectionKind.Method) && !reflection.flags.isExternal && !reflection.name.startsWith('[');
}

function hasTag(name) {
  return (reflection) => commentsOf(reflection).some((comment) => comment.getTag(name) !== undefined);
}

function isCalledInExample({ name, parent }) {
  const examples = commentsOf(parent).flatMap((comment) => comment.getTags('@example'));
  return examples.some(({ content }) => content.some(({ text }) => text.includes(`.${name}(`)));
}

function commentsOf(reflection) {
  const all = [reflection, ...(reflection.signatures ?? [])];
  return all.flatMap(({ comment }) => (comment ? [comment] : []));
}
