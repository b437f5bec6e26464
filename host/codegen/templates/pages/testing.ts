// Written by fs7, anew at every `fs7 pages`: do not edit.

import type { Example } from './fakeSocket';

export const example: Example = [[ page.example ]];
