import type { FailedAttempts } from '@pgwamp/config';
import { Uri } from '@pgwamp/protocol';
import { addressOf } from '@pgwamp/protocol/internal';
import { JoinError } from '../errors.ts';
import { type AuthMethod, type Claim, isChallenge, type Outcome, settle } from './authentication.ts';

/** Only a denial of the client counts as a failed attempt, not a failure of the authenticator itself. */
function isDenial(error: unknown): boolean {
  return error instanceof JoinError && error.uri !== Uri.AUTHENTICATION_FAILED;
}

/** Refuses further attempts from an address after too many failures, for any authid. */
export function limitAttempts(method: AuthMethod, failures: FailedAttempts): AuthMethod {
  const attempt = <T>(claim: Claim, act: () => T | Promise<T>): T | Promise<T> => {
    const address = addressOf(claim.transport.peer);
    const pause = failures.pause(address);
    if (pause > 0) {
      const words = `too many authentications of this address have failed: try again in ${Math.ceil(pause / 1000)} s`;
      throw new JoinError(Uri.UNAVAILABLE, words);
    }
    const failed = (error: unknown): never => {
      if (isDenial(error)) failures.add(address);
      throw error;
    };
    try {
      const result = act();
      return result instanceof Promise ? result.catch(failed) : result;
    } catch (error) {
      return failed(error);
    }
  };
  const limited = (claim: Claim, outcome: Outcome): Outcome =>
    isChallenge(outcome)
      ? { ...outcome, verify: (signature) => attempt(claim, () => outcome.verify(signature)) }
      : outcome;
  return {
    ...method,
    begin: (claim) =>
      settle(
        attempt(claim, () => method.begin(claim)),
        (outcome) => limited(claim, outcome),
      ),
  };
}
