/** Arguments of a WAMP message as JSON text, which goes into the frame as it is, without being parsed. */
export class PayloadText {
  /** A JSON array, or empty. */
  readonly args: string;
  /** A JSON object, or empty. */
  readonly kwargs: string;

  /**
   * @param args a JSON array, or empty.
   * @param kwargs a JSON object, or empty.
   */
  constructor(args: string, kwargs = '') {
    this.args = args;
    this.kwargs = kwargs;
  }

  /** What follows the head of a message, with the comma before it. */
  get tail(): string {
    if (this.kwargs !== '') return `,${this.args || '[]'},${this.kwargs}`;
    return this.args === '' ? '' : `,${this.args}`;
  }
}
