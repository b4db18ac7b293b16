import pino from 'pino';

/** A logger that says nothing. */
export const silent = pino({ enabled: false });
