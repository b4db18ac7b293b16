// A plug-in of typedoc: what a zod schema is made of is no documentation of its own, the type of its output is.
import { Converter, ReflectionKind } from 'typedoc';

/** Called by typedoc. */
export function load({ converter }) {
  converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const variable of project.getReflectionsByKind(ReflectionKind.Variable)) {
      if (/^Zod/.test(variable.type?.name ?? '')) removeWithin(project, variable);
    }
  });
}

function removeWithin(project, variable) {
  for (const reflection of project.getReflectionsByKind(ReflectionKind.Property)) {
    for (let parent = reflection.parent; parent; parent = parent.parent) {
      if (parent === variable) project.removeReflection(reflection);
    }
  }
}
