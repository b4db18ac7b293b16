import { setTimeout as sleep } from 'node:timers/promises';
import type { Router } from '@pgwamp/router';

/** Resolves when somebody has subscribed in realm1. */
export async function someSubscriber(router: Router): Promise<void> {
  while (router.realm('realm1').subscriptions === 0) await sleep(5);
}
