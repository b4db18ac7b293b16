import type { BatchResultErrorEntry, SQSClientConfig } from '@aws-sdk/client-sqs';
import { integer, milliseconds } from '@pgwamp/config';
import { Lost, Refused } from '@pgwamp/core';
import type { Receipt } from '@pgwamp/core/internal/pipeline';
import * as z from 'zod';
import { BrokerRefusedError, BrokerUnreachableError } from '../errors.ts';
import { type AwsEntry, entryOf } from './aws-entry.ts';
import { type Batched, Batches } from './batches.ts';
import { Confirmations } from './confirmations.ts';
import { within } from './connecting.ts';
import { deliveryOptions } from './delivery-options.ts';
import { Destinations } from './destinations.ts';
import type { OpenSink, OutgoingMessage, SinkContext } from './sink.ts';

/** The limits of a request to SQS and SNS: messages, and bytes including attributes. */
const batchLimits = { messages: 10, bytes: 262_144 };

/** The options of the sinks for Amazon services. */
export const awsOptions = {
  ...deliveryOptions,
  region: z.string().min(1).optional().describe('the region, if the environment does not set it'),
  endpoint: z.url().optional().describe('URL of another server, for example http://127.0.0.1:4566'),
  credentials: z
    .strictObject({
      access_key_id: z.string().min(1).describe('the id of the access key'),
      secret_access_key: z.string().min(1).describe('the access key'),
      session_token: z.string().min(1).optional().describe('the token of temporary credentials'),
    })
    .optional()
    .describe('credentials; default: found like those of the command aws'),
  parallel: integer({ min: 1, max: 256 }).default(8).describe('requests at the same time'),
  connect_timeout: milliseconds({ min: 1 }).default(10_000).describe('time limit for connecting, in milliseconds'),
  confirm_timeout: milliseconds({ min: 1 })
    .default(30_000)
    .describe('milliseconds to wait for an answer before the connection is considered lost'),
};

type AwsOptions = z.output<z.ZodObject<typeof awsOptions>>;

/** The configuration of the SDK client. The Proxy itself retries, with longer pauses. */
export function clientConfiguration(options: AwsOptions): SQSClientConfig {
  const { region, endpoint, credentials } = options;
  return {
    maxAttempts: 2,
    requestHandler: {
      connectionTimeout: options.connect_timeout,
      requestTimeout: options.confirm_timeout,
      throwOnRequestTimeout: true,
    },
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint }),
    ...(credentials && {
      credentials: {
        accessKeyId: credentials.access_key_id,
        secretAccessKey: credentials.secret_access_key,
        ...(credentials.session_token !== undefined && { sessionToken: credentials.session_token }),
      },
    }),
  };
}

/** The common interface of SQS and SNS: requests of up to ten messages, each of which may fail separately. */
export interface AwsService {
  /** Sends a request that requires the network and the credentials, but no destination. */
  ping(): Promise<unknown>;
  /** @throws an error of the service if the destination does not exist. */
  look(destination: string): Promise<unknown>;
  sendBatch(
    destination: string,
    entries: readonly AwsEntry[],
  ): Promise<{ Failed?: BatchResultErrorEntry[] | undefined }>;
  destroy(): void;
}

/** Checks that a service answers, and opens a sink for it. */
export async function openAws(service: AwsService, options: AwsOptions, context: SinkContext, what: string) {
  try {
    await within(options.connect_timeout, service.ping());
  } catch (error) {
    const { name, message, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    if (!isDenied.test(name)) {
      service.destroy();
      if (wrongCredentials.test(name))
        throw new BrokerRefusedError(context.name, what, message || name, { cause: error });
      // Not every server names the error in a form that the library can read.
      if ($metadata?.httpStatusCode === 403)
        throw new BrokerRefusedError(context.name, what, 'it answers 403', { cause: error });
      throw new BrokerUnreachableError(context.name, what, message || name, { cause: error });
    }
  }
  return new AwsSink(service, options, { ...context, name: what });
}

class AwsSink implements OpenSink {
  readonly lost: AbortSignal;
  readonly #service: AwsService;
  readonly #parallel: number;
  readonly #confirmations: Confirmations;
  readonly #destinations: Destinations;
  readonly #queues = new Map<string, Batches>();
  #turn = 0;

  constructor(service: AwsService, { parallel, confirm_timeout: timeout }: AwsOptions, { name, log }: SinkContext) {
    this.#service = service;
    this.#parallel = parallel;
    this.#confirmations = new Confirmations(name, timeout);
    this.lost = this.#confirmations.lost;
    const what = `destination of ${name}`;
    this.#destinations = new Destinations((destination) => this.#exists(destination), { what, lost: this.lost, log });
    this.lost.addEventListener('abort', () => service.destroy(), { once: true });
  }

  send(message: OutgoingMessage): Promise<Receipt> {
    return this.#destinations.whenThere(message.destination, () => this.#queueOf(message).send(message));
  }

  destroy(): void {
    this.#confirmations[Symbol.dispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.destroy();
  }

  /** Messages of one order key are sent one after the other; all others share the parallel requests. */
  #queueOf({ destination, orderKey }: OutgoingMessage): Batches {
    this.#turn += 1;
    const key = `${(orderKey === '' ? this.#turn : checksum(orderKey)) % this.#parallel} ${destination}`;
    let batches = this.#queues.get(key);
    if (!batches) {
      const limits = { ...batchLimits, isolatesKeys: isFifo(destination) };
      batches = new Batches(limits, this.#confirmations, (batch) => this.#sendBatch(destination, batch));
      this.#queues.set(key, batches);
    }
    return batches;
  }

  async #sendBatch(destination: string, batch: readonly Batched[]): Promise<void> {
    const entries = batch.map(({ message }, index) => entryOf(message, index, isFifo(destination)));
    try {
      const { Failed: failed = [] } = await this.#service.sendBatch(destination, entries);
      this.#settle(batch, failed);
    } catch (error) {
      if (error instanceof Lost) throw error;
      const { name, message } = error as Error;
      if (!aboutMessages.test(name)) throw new Lost(message || name, false, { cause: error });
      // The whole request was refused: send its messages one by one, so that only the bad one is refused.
      if (batch.length > 1) for (const one of batch) await this.#sendBatch(destination, [one]);
      else
        batch[0]?.sent.refuse(
          new Refused(/TooLong/.test(name + message) ? 'too_large' : 'refused', message, { cause: error }),
        );
    }
  }

  #settle(batch: readonly Batched[], failed: readonly BatchResultErrorEntry[]): void {
    const failures = new Map(failed.map((failure) => [failure.Id, failure]));
    for (const [index, { sent }] of batch.entries()) {
      const failure = failures.get(String(index));
      if (!failure) sent.confirm();
      else if (failure.SenderFault) sent.refuse(new Refused('refused', `${failure.Code}: ${failure.Message ?? ''}`));
    }
    const [passing] = failed.filter(({ SenderFault }) => !SenderFault);
    if (passing) throw new Lost(`the service did not take a message: ${passing.Code} ${passing.Message ?? ''}`, false);
  }

  async #exists(destination: string): Promise<boolean> {
    try {
      await this.#service.look(destination);
      return true;
    } catch (error) {
      const { name, message } = error as Error;
      if (missing.test(name)) return false;
      // A user that may send may lack the permission to look up a destination.
      if (isDenied.test(name)) return true;
      throw new Lost(message || name, false, { cause: error });
    }
  }
}

/** The error names of SQS and SNS, in their newer and older protocols. */
const isDenied = /AccessDenied|AuthorizationError/;
const wrongCredentials =
  /CredentialsProviderError|InvalidClientTokenId|UnrecognizedClient|SignatureDoesNotMatch|InvalidSignature|ExpiredToken|InvalidAccessKeyId|AuthFailure/;
const missing = /QueueDoesNotExist|NonExistentQueue|NotFound/;
/** Includes the error of encoding a lone surrogate. */
const aboutMessages =
  /URIError|BatchRequestTooLong|InvalidAttributeValue|InvalidMessageContents|InvalidParameter|EmptyBatch|ValidationError/;

function isFifo(destination: string): boolean {
  return destination.endsWith('.fifo');
}

function checksum(text: string): number {
  let sum = 0;
  for (let index = 0; index < text.length; index += 1) sum = (sum * 31 + text.charCodeAt(index)) >>> 0;
  return sum;
}
