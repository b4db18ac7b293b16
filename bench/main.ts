// npm run bench -- publisher|router [part …]: measures against controls in the same run, and prints ratios.
import { publisherParts } from './publisher/index.ts';
import { runParts } from './report.ts';
import { routerParts } from './router/index.ts';

const [subject = 'publisher', ...names] = process.argv.slice(2);
const subjects = { publisher: publisherParts, router: routerParts };
const parts = subjects[subject as keyof typeof subjects];
if (!parts) throw new Error(`there is no bench ${subject}; there is ${Object.keys(subjects).join(', ')}`);
process.exitCode = (await runParts(parts, names)) ? 0 : 1;
