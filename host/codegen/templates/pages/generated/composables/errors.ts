// Written by fs7, anew at every `fs7 pages`: do not edit.

/** One thing wrong with what was sent. */
export interface Violation {
  /** JSON pointer (RFC 6901) into what was sent: `/user_id`. */
  pointer: string;
  /** The rule's name, a keyword of JSON Schema: `required`. */
  rule: string;
  /** The rule in words. */
  message: string;
}

/** Why an event was not taken. */
export class OperationError extends Error {
  /** The server's code (`invalid_payload`, `busy`, …), or `timeout`, `parameters`, `no_browser`. */
  readonly code: string;
  /** What was wrong in detail; mostly empty. */
  readonly errors: readonly Violation[];
  /** Joins this error with the server's log. */
  readonly occurrenceId: string | undefined;

  constructor(code: string, message: string, errors: readonly Violation[] = [], id?: string) {
    super(message);
    this.name = 'OperationError';
    this.code = code;
    this.errors = errors;
    this.occurrenceId = id;
  }

  static timeout(event: string): OperationError {
    return new OperationError(
      'timeout',
      `The server has not acknowledged ${event} in time. Is it running, and is its address right?`,
    );
  }

  static parameters(event: string): OperationError {
    return new OperationError('parameters', `The name ${event} has parameters that are not filled in.`);
  }

  static server(): OperationError {
    return new OperationError('no_browser', 'Events are sent from a browser, not while a page is rendered.');
  }
}

/** The error that an acknowledgement stands for; none where the event was taken. */
export function refusal(answer: unknown): OperationError | undefined {
  if (!isObject(answer) || answer['status'] !== 'error') return undefined;
  const { code, message, errors, occurrence_id: id } = answer;
  if (typeof code !== 'string' || typeof id !== 'string') return undefined;
  const violations = Array.isArray(errors) ? errors.filter(isViolation) : [];
  return new OperationError(code, typeof message === 'string' ? message : code, violations, id);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isViolation(value: unknown): value is Violation {
  return (
    isObject(value) &&
    typeof value['pointer'] === 'string' &&
    typeof value['rule'] === 'string' &&
    typeof value['message'] === 'string'
  );
}
