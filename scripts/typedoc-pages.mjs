// A plug-in of typedoc: puts the pages of docs/ into the site, named by their first headings and in the groups of their purposes.
import { Converter, ReflectionKind } from 'typedoc';

/** Which pages belong together. One that is missing here is put under "More", where a reader looks last. */
const groups = {
  Tutorial: ['tutorial'],
  'How to': [
    'node',
    'command',
    'console',
    'operations',
    'managed-postgres',
    'scaling',
    'brokers',
    'proxy-formats',
    'crossbar',
    'coming-from-pg_eventserv',
    'coming-from-postgresql2websocket',
    'coming-from-pg-event-proxy',
    'coming-from-pg-amqp-bridge',
  ],
  Reference: [
    'sql',
    'functions',
    'views',
    'publisher',
    'subscriber',
    'callee',
    'caller',
    'gateway',
    'pgwamp-v1',
    'proxy',
    'router',
    'router-differences',
    'configuration',
    'options',
    'status',
    'errors',
    'attacks',
  ],
  Explanation: ['glossary', 'security', 'performance', 'architecture'],
};

/** Called by typedoc. */
export function load({ converter }) {
  converter.on(Converter.EVENT_CREATE_DOCUMENT, (_context, page) => {
    const file = page.name;
    page.frontmatter.group = Object.keys(groups).find((group) => groups[group].includes(file)) ?? 'More';
    const heading = page.content.find(({ kind }) => kind === 'text')?.text.match(/^# (.+)$/m)?.[1];
    if (heading) page.name = heading.replaceAll('`', '');
  });
  converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.getReflectionsByKind(ReflectionKind.Module)) module.name = packageName(module.name);
  });
}

/** `node/src` is `pgwamp`, `router/src/worker` is `@pgwamp/router/worker`. */
function packageName(path) {
  const [folder, ...rest] = path.split('/').filter((part) => part !== 'src');
  return [folder === 'node' ? 'pgwamp' : `@pgwamp/${folder}`, ...rest].join('/');
}
