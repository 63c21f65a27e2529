/** Talking to the server: typed requests, the person's name with each, errors in the server's words. */

import createClient, { type Middleware } from "openapi-fetch";
import { currentPerson } from "./person.ts";
import type { components, paths } from "./schema.d.ts";

export type Schema = components["schemas"];

/** What the server says when something cannot be done; `status` 0: it cannot be reached. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly hint: string | null,
    readonly mayInsist: boolean,
  ) {
    super(message);
  }
}

interface Problem {
  readonly code?: string;
  readonly title?: string;
  readonly hint?: string | null;
  readonly may_insist?: boolean;
}

/** The error in an answer that is not a success. */
export async function errorOf(response: Response): Promise<ApiError> {
  let problem: Problem = {};
  try {
    problem = (await response.json()) as Problem;
  } catch {
    // Something in between answered: all there is to tell is the status.
  }
  const message = problem.title ?? `The server answered with ${response.status}.`;
  const { code = "http-error", hint = null, may_insist = false } = problem;
  return new ApiError(response.status, code, message, hint, may_insist);
}

/** The error of a request that got no answer. */
export const unreachable = (): ApiError =>
  new ApiError(
    0,
    "unreachable",
    "The server cannot be reached.",
    "Is `townscape serve` still running?",
    false,
  );

export function personHeader(): Record<string, string> {
  const person = currentPerson();
  return person === null ? {} : { "x-townscape-person": encodeURIComponent(person.name) };
}

/** Fetch that fails with an `ApiError`, whatever goes wrong. */
export async function request(path: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers: { ...personHeader(), ...init.headers } });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw unreachable();
  }
  if (!response.ok) throw await errorOf(response);
  return response;
}

const withPerson: Middleware = {
  onRequest({ request: outgoing }) {
    for (const [name, value] of Object.entries(personHeader())) outgoing.headers.set(name, value);
    return outgoing;
  },
  async onResponse({ response }) {
    if (!response.ok) throw await errorOf(response);
    return response;
  },
  onError({ error }) {
    return error instanceof ApiError ? error : unreachable();
  },
};

export const api = createClient<paths>({ baseUrl: "/" });
api.use(withPerson);

/** The content of an answer; errors were thrown before. */
export function must<Data>(answer: { data?: Data }): Data {
  if (answer.data === undefined) throw unreachable();
  return answer.data;
}
