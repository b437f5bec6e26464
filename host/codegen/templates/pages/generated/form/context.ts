// Written by fs7, anew at every `fs7 pages`: do not edit.

import { computed, inject, provide, type ComputedRef, type InjectionKey } from 'vue';
import type { Violation } from '../composables/errors';
import type { Schema } from './schema';

/** What all fields of one form share. */
export interface FormContext {
  /** The schema that holds the `definitions`. */
  root: ComputedRef<Schema>;
  violations: ComputedRef<readonly Violation[]>;
  /** Begins the ids of the form's elements. */
  id: string;
  /** Says what stands in the way of sending, or that nothing does any more. */
  problem: (pointer: string, words: string | undefined) => void;
}

const KEY: InjectionKey<FormContext> = Symbol('fs7 form');

export function provideForm(context: FormContext): void {
  provide(KEY, context);
}

export function useForm(): FormContext {
  const context = inject(KEY);
  if (context === undefined) throw new Error('A field stands outside of SchemaForm.');
  return context;
}

/** The id of a field's element. */
export function fieldId(form: FormContext, pointer: string): string {
  return `${form.id}-${pointer.replace(/[^A-Za-z0-9]/g, (odd) => `_${odd.codePointAt(0)}`)}`;
}

/** What the server said about one field. */
export function useViolations(pointer: () => string): ComputedRef<readonly Violation[]> {
  const { violations } = useForm();
  return computed(() => violations.value.filter((violation) => violation.pointer === pointer()));
}
