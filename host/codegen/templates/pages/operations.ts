// Written by fs7, anew at every `fs7 pages`: do not edit.

import type { OperationName } from '../types/operations';
import type { OperationFacts } from './facts';

/** The operations of the contract, as pages read them while they run. */
export const operations: Readonly<Record<OperationName, OperationFacts>> = [[ facts ]];
