// Examples that `awaited-returns.ts` finds, and examples that it does not.

interface Resource extends AsyncDisposable {
  read(): Promise<string>;
  size(): number;
}

declare function open(): Promise<Resource>;

export async function early(): Promise<string> {
  await using resource = await open();
  return resource.read();
}

export async function perhapsEarly(fallback: boolean): Promise<string | undefined> {
  await using resource = await open();
  return fallback ? resource.read() : undefined;
}

export async function late(): Promise<string> {
  await using resource = await open();
  return await resource.read();
}

export async function plain(): Promise<number> {
  await using resource = await open();
  const read = () => {
    return resource.read();
  };
  await read();
  return resource.size();
}

export async function before(): Promise<string> {
  if (Math.random() > 2) return (await open()).read();
  await using resource = await open();
  return await resource.read();
}

export async function ofEach(): Promise<string> {
  for (await using resource of [await open()]) return resource.read();
  return '';
}
