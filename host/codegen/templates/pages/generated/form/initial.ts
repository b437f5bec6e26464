// Written by fs7, anew at every `fs7 pages`: do not edit.

import type { MessageFacts } from '../contract/facts';
import { asSchema, count, isRecord, list, record, resolve, same, shapeOf, type Schema } from './schema';

/** Deeper than this a form asks for JSON: a schema may contain itself. */
export const MAX_DEPTH = 8;
/** Items that a list begins with, whatever its `minItems` says. */
const MAX_FIRST_ITEMS = 10;

/** What the form of a message begins with; without a message anything may be sent. */
export function begin(message: MessageFacts | undefined): unknown {
  return initial(message?.schema, asSchema(message?.schema));
}

/** What a field begins with; `undefined` stands for what is not there. */
export function initial(given: unknown, root: Schema, depth = 0): unknown {
  const { kind, schema, nullable, branches } = shapeOf(given, root);
  if ('default' in schema) return structuredClone(schema['default']);
  if (kind === 'constant') return structuredClone(schema['const']);
  if (kind === 'null' || nullable) return null;
  if (depth > MAX_DEPTH) return undefined;
  switch (kind) {
    case 'boolean':
      return false;
    case 'object':
      return firstMembers(schema, root, depth);
    case 'record':
      return {};
    case 'array':
      return Array.from({ length: Math.min(count(schema['minItems']), MAX_FIRST_ITEMS) }, () =>
        initialItem(schema['items'], root, depth + 1),
      );
    case 'tuple':
      return list(schema['items']).map((item) => initialItem(item, root, depth + 1));
    case 'choice':
      return initial(branches[0]?.schema, root, depth + 1);
    default:
      return undefined;
  }
}

/** The same for what cannot be left out: an item of a list, a value of a record. */
export function initialItem(given: unknown, root: Schema, depth = 0): unknown {
  return initial(given, root, depth) ?? blank(given, root);
}

/** What stands in a list where nothing was entered. */
export function blank(given: unknown, root: Schema): unknown {
  return shapeOf(given, root).kind === 'text' ? '' : null;
}

function firstMembers(schema: Schema, root: Schema, depth: number): Record<string, unknown> {
  const required = list(schema['required']);
  const members: [string, unknown][] = [];
  for (const [key, property] of Object.entries(record(schema['properties']))) {
    if (!required.includes(key) && !('default' in resolve(property, root))) continue;
    const value = initial(property, root, depth + 1);
    if (value !== undefined) members.push([key, value]);
  }
  return Object.fromEntries(members);
}

/** Whether a value looks like one of this schema: enough to choose a branch, no validation. */
export function fits(value: unknown, given: unknown, root: Schema, depth = 0): boolean {
  const { kind, schema, nullable, branches } = shapeOf(given, root);
  if (depth > MAX_DEPTH || (value === null && nullable)) return true;
  switch (kind) {
    case 'constant':
      return same(value, schema['const']);
    case 'options':
      return list(schema['enum']).some((option) => same(option, value));
    case 'text':
      return typeof value === 'string';
    case 'number':
      return typeof value === 'number';
    case 'integer':
      return Number.isInteger(value);
    case 'boolean':
      return typeof value === 'boolean';
    case 'null':
      return value === null;
    case 'array':
    case 'tuple':
      return Array.isArray(value);
    case 'record':
      return isRecord(value);
    case 'object':
      return isRecord(value) && membersFit(value, schema, root, depth);
    case 'choice':
      return branches.some((branch) => fits(value, branch.schema, root, depth + 1));
    case 'json':
      return true;
  }
}

function membersFit(
  value: Record<string, unknown>,
  schema: Schema,
  root: Schema,
  depth: number,
): boolean {
  const properties = record(schema['properties']);
  const fixed = list(schema['required']).every((key) => {
    const property = asSchema(properties[String(key)]);
    return shapeOf(property, root).kind !== 'constant' || Object.hasOwn(value, String(key));
  });
  return (
    fixed &&
    Object.entries(value).every(([key, member]) =>
      Object.hasOwn(properties, key)
        ? fits(member, properties[key], root, depth + 1)
        : schema['additionalProperties'] !== false,
    )
  );
}
