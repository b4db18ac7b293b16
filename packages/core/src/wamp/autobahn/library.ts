// The one file that imports AutobahnJS.
/// <reference path="./autobahn.d.ts" />
import autobahn from 'autobahn';

export type {
  Deferred,
  Registration as AutobahnRegistration,
  Subscription as AutobahnSubscription,
  Transport,
} from 'autobahn';
export const AutobahnSession = autobahn.Session;
export type AutobahnSession = autobahn.Session;
export const AutobahnError = autobahn.Error;
export const AutobahnResult = autobahn.Result;
export const cra = autobahn.auth_cra;
