import { RouterError } from '../errors.ts';

/**
 * A request by HTTP is refused, with the status `status`.
 *
 * @remarks Depends on the status.
 */
export class HttpError extends RouterError {
  readonly code = 'ERR_ROUTER_HTTP';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}
