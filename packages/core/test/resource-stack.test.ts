import { expect } from 'chai';
import { ResourceStack } from '../src/resource-stack.ts';

describe('ResourceStack', () => {
  it('releases the last resource first, and waits for each', async () => {
    const released: string[] = [];
    {
      await using stack = new ResourceStack();
      stack.defer(() => released.push('first'));
      stack.use({
        async [Symbol.asyncDispose]() {
          await undefined;
          released.push('second');
        },
      });
      stack.use({ [Symbol.dispose]: () => released.push('third') });
    }
    expect(released).to.deep.equal(['third', 'second', 'first']);
  });

  it('returns the added resource', async () => {
    await using stack = new ResourceStack();
    const resource = { [Symbol.dispose]() {} };
    expect(stack.use(resource)).to.equal(resource);
  });

  it('releases the others if one fails, and throws its error', async () => {
    const released: string[] = [];
    const stack = new ResourceStack();
    stack.defer(() => released.push('first'));
    stack.defer(() => Promise.reject(new Error('no')));
    const error = await stack[Symbol.asyncDispose]().catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(Error).with.property('message', 'no');
    expect(released).to.deep.equal(['first']);
  });

  it('throws all failures if there are several', async () => {
    const stack = new ResourceStack();
    const [one, other] = [new Error('one'), new Error('other')];
    for (const failure of [one, other]) stack.defer(() => Promise.reject(failure));
    const error = await stack[Symbol.asyncDispose]().catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(AggregateError).with.deep.property('errors', [other, one]);
  });

  it('moves everything to another stack, and then accepts nothing more', async () => {
    const released: string[] = [];
    const stack = new ResourceStack();
    stack.defer(() => released.push('first'));
    const moved = stack.move();
    await stack[Symbol.asyncDispose]();
    expect(released).to.deep.equal([]);
    expect(() => stack.defer(() => undefined)).to.throw(ReferenceError, 'the stack is disposed already');
    await moved[Symbol.asyncDispose]();
    expect(released).to.deep.equal(['first']);
  });
});
