import { RouterError } from '../errors.ts';

/**
 * A request by HTTP is refused, with the status `status`.
 *
 * @remarks The status says what to do.
 */
export class HttpError extends RouterError {
  readonly code = 'PGWAMP_ROUTER_HTTP';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}
