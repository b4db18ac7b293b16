import type { Endpoint, EndpointChanges } from './endpoint.ts';

/** An endpoint that is gone, and the new one that has its URI from the same transaction on. */
export interface Succession {
  readonly former: string;
  readonly successor: Endpoint;
}

/**
 * The new endpoints that replace removed ones: each has the URI and the match policy of the one that it replaces.
 *
 * @param known gives the endpoint with that id as it was before the changes.
 */
export function successions(
  { changed, removed }: EndpointChanges,
  known: (id: string) => Endpoint | undefined,
): Succession[] {
  const added = Map.groupBy(
    changed.filter(({ id }) => !known(id)),
    placeOf,
  );
  return removed.flatMap((former) => {
    const endpoint = known(former);
    const successor = endpoint && added.get(placeOf(endpoint))?.shift();
    return successor ? [{ former, successor }] : [];
  });
}

function placeOf({ match, uri }: Endpoint): string {
  return `${match} ${uri}`;
}
