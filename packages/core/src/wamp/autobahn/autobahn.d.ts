/** The parts of AutobahnJS that are used. See library.ts. */
declare module 'autobahn' {
  type Library = import('./library.ts').AutobahnLibrary;
  type Session = import('./library.ts').AutobahnSession;
  const Session: Library['Session'];
  const Error: Library['Error'];
  const Result: Library['Result'];
}
