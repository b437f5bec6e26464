// Written by fs7, anew at every `fs7 pages`: do not edit.
[% if imports %]
import type {
[%- for name in imports %]
  [[ name ]],
[%- endfor %]
} from './schemas';
[% endif %]
/** The operations of the contract: what is sent, what acknowledges it, what is received. */
export interface Operations {
[%- for page in pages %]
[%- if page.about %]
[[ page.about ]]
[%- endif %]
  [[ page.key ]]: {
[%- if page.receive %]
    send: [[ page.send ]];
    reply: [[ page.reply ]];
[%- endif %]
    received: [[ page.received ]];
  };
[%- endfor %]
}

export type OperationName = keyof Operations;

/** A payload that is the list of all arguments. */
export type Arguments<T> = T extends unknown[] ? T : unknown[];
