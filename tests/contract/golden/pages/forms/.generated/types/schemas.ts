// Written by fs7, anew at every `fs7 pages`: do not edit.
//
// The schemas of the contract. TypeScript cannot say all that JSON Schema can, such as bounds,
// patterns and formats: the server may still refuse what fits a type.

export interface Address {
  street: string;
  city: string;
}

/** By card */
export interface Card {
  type: 'card';
  number: string;
}

/** By invoice */
export interface Invoice {
  type: 'invoice';
  days: number;
}

export interface Person {
  name: string;
  friends?: Person[];
}

export interface OrderPayload {
  /**
   * Your name
   *
   * As it stands on the door.
   */
  name: string;
  /** Format: email */
  email?: string;
  /** Format: uri */
  website?: string;
  /** Format: date-time */
  when?: string;
  /** Format: date */
  day?: string;
  amount: number;
  weight?: number;
  express: boolean;
  gift?: boolean;
  kind: 'book' | 'record' | 3;
  version?: 2;
  note: string | null;
  lines: {
    article: string;
    count?: number;
  }[];
  address: Address;
  pay: Card | Invoice;
  labels?: {
    [key: string]: number | string;
  };
  'odd name/~'?: string;
  person?: Person;
  extra?: unknown;
}

export interface SaidPayload {
  text: string;
}

/** A wave */
export interface WavedPayload {
  hand: 'left' | 'right';
}

export type SaidPayload2 = string;

export type ListedPayload = [string, number];
