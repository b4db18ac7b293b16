#!/usr/bin/env node
import { useCompileCache } from '../compile-cache.ts';

useCompileCache();
// After the compile cache is enabled, since that affects only modules loaded later.
const { main } = await import('./program.ts');
process.exitCode = await main(process.argv);
