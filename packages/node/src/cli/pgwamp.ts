#!/usr/bin/env node
import { useCompileCache } from '../compile-cache.ts';

useCompileCache();
// After it, since it is for what is loaded from now on.
const { main } = await import('./program.ts');
process.exitCode = await main(process.argv);
