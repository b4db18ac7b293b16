import { RouterError } from '../errors.ts';

/**
 * An HTTP request is refused with the status `status`.
 *
 * @remarks The status names the cause.
 */
export class HttpError extends RouterError {
  readonly code = 'PGWAMP_ROUTER_HTTP';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}
