import { type CallModel, timeoutOf } from './call-model.ts';

/** The calls that have a timeout, and the time. */
export class Deadlines {
  /** In the order in which their time began: that decides between deadlines that are the same. */
  #calls: CallModel[] = [];
  #now = 0;

  /** Begins a call's time, or begins it anew. */
  start(call: CallModel): void {
    if (timeoutOf(call) === 0) return;
    call.deadline = this.#now + timeoutOf(call);
    this.#calls = [...this.#calls.filter((other) => other !== call), call];
  }

  /** Advances by `ms` milliseconds, and ends each call whose time is up. */
  pass(ms: number, expire: (call: CallModel) => void): void {
    const end = this.#now + ms;
    for (let call = this.#firstUntil(end); call !== undefined; call = this.#firstUntil(end)) {
      this.#now = call.deadline;
      expire(call);
    }
    this.#now = end;
  }

  #firstUntil(end: number): CallModel | undefined {
    const due = this.#calls.filter(({ deadline, isCallerDone }) => !isCallerDone && deadline <= end);
    return due.sort((one, other) => one.deadline - other.deadline)[0];
  }
}
