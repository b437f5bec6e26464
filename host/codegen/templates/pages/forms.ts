// Written by fs7, anew at every `fs7 pages`: do not edit.

import type { MessageFacts } from '../contract/facts';

/** The messages of the operation, as its form reads them. */
export const messages: readonly MessageFacts[] = [[ page.messages ]];
