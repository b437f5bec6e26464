/** One thing wrong with what was sent. */
export interface Violation {
  /** JSON pointer (RFC 6901) into what was sent: `/user_id`. */
  pointer: string;
  /** The rule's name, mostly a keyword of JSON Schema: `required`. */
  rule: string;
  /** The rule in words. */
  message: string;
}

/** What the server answers where an event failed: as the acknowledgement, else as `error_event`. */
export interface ErrorObject {
  status: 'error';
  code: string;
  message: string;
  errors: Violation[];
  occurrence_id: string;
}

/** Why an event was not taken, or why a connection has ended. */
export class EventError extends Error {
  /**
   * The server's code (`invalid_payload`, `busy`, …), or one of this package: `timeout` (no
   * acknowledgement in time), `disconnected` (the connection was lost before it came: the event
   * may have been handled), `closed` (there is no connection any more, nor will there be).
   */
  readonly code: string;
  /** What was wrong in detail; mostly empty. */
  readonly errors: readonly Violation[];
  /** Joins this error with the server's log. */
  readonly occurrence_id: string | undefined;

  constructor(code: string, message: string, errors: readonly Violation[] = [], id?: string) {
    super(message);
    this.name = 'EventError';
    this.code = code;
    this.errors = errors;
    this.occurrence_id = id;
  }

  /** The error that an acknowledgement stands for; none where the event was taken. */
  static fromReply(reply: unknown): EventError | undefined {
    if (typeof reply !== 'object' || reply === null) return undefined;
    const { status, code, message, errors, occurrence_id: id } = reply as Record<string, unknown>;
    if (status !== 'error' || typeof code !== 'string') return undefined;
    return new EventError(
      code,
      typeof message === 'string' ? message : code,
      Array.isArray(errors) ? errors : [],
      typeof id === 'string' ? id : undefined,
    );
  }

  /** The error that a refused connection stands for: `code: text`, or text alone. */
  static fromRefusal(text: string): EventError {
    const [, code = 'refused', message = text] = /^([a-z_]+): (.*)$/s.exec(text) ?? [];
    return new EventError(code, message);
  }
}
