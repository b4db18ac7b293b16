import type { Endpoint, EndpointChanges } from './endpoint.ts';

/** A removed endpoint, and the new endpoint that has its URI since the same transaction. */
export interface Succession {
  readonly former: string;
  readonly successor: Endpoint;
}

/**
 * Finds the new endpoints that replace removed ones. A successor has the same URI and match policy.
 *
 * @param known returns the endpoint with an id as it was before the changes.
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
