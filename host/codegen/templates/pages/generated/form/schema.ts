// Written by fs7, anew at every `fs7 pages`: do not edit.
//
// How a form reads a JSON Schema (draft 7). It decides what to show, never what is valid: that is
// the server's to say.

/** An object schema; `true` reads as an empty one. */
export type Schema = Readonly<Record<string, unknown>>;

/** What a field is shown as. */
export type Kind =
  | 'text'
  | 'number'
  | 'integer'
  | 'boolean'
  | 'options'
  | 'constant'
  | 'null'
  | 'object'
  | 'record'
  | 'array'
  | 'tuple'
  | 'choice'
  | 'json';

export interface Branch {
  label: string;
  schema: Schema;
}

export interface Shape {
  kind: Kind;
  /** The schema with references followed and `allOf` merged. */
  schema: Schema;
  /** Whether `null` is allowed beside what `kind` says. */
  nullable: boolean;
  /** For a `choice`: what to choose from. */
  branches: Branch[];
}

const TYPES = ['string', 'number', 'integer', 'boolean', 'object', 'array', 'null'];

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function asSchema(value: unknown): Schema {
  if (value === false) return { not: {} };
  return isRecord(value) ? value : {};
}

export function record(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}

export function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

export function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function count(value: unknown): number {
  return typeof value === 'number' && value > 0 ? Math.floor(value) : 0;
}

export function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** The name that a reference ends with. */
export function refName(schema: unknown): string | undefined {
  const ref = text(record(schema)['$ref']);
  return ref?.split('/').pop()?.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** Follows `$ref` and merges `allOf`; what leads back to itself reads as an empty schema. */
export function resolve(given: unknown, root: Schema, seen: readonly string[] = []): Schema {
  const schema = asSchema(given);
  const name = refName(schema);
  if (name !== undefined) {
    if (seen.includes(name)) return {};
    const target = record(root['definitions'])[name];
    const found = resolve(target, root, [...seen, name]);
    return text(found['title']) ? found : { ...found, title: name };
  }
  const parts = list(schema['allOf']);
  if (parts.length === 0) return schema;
  const { allOf: _parts, ...own } = schema;
  const merged = parts.map((part) => resolve(part, root, seen)).reduce(merge, {});
  const { title: _title, ...rest } = merged;
  return merge(own['title'] === undefined && parts.length > 1 ? rest : merged, own);
}

/** Both schemas at once, as far as a form can show it; words of `b` win. */
export function merge(a: Schema, b: Schema): Schema {
  const merged: Record<string, unknown> = { ...a, ...b };
  const properties = { ...record(a['properties']) };
  for (const [key, value] of Object.entries(record(b['properties']))) {
    properties[key] = Object.hasOwn(properties, key) ? { allOf: [properties[key], value] } : value;
  }
  if (Object.keys(properties).length > 0) merged['properties'] = properties;
  const required = [...list(a['required']), ...list(b['required'])];
  if (required.length > 0) merged['required'] = [...new Set(required)];
  const [types, others] = [typesOf(a), typesOf(b)];
  if (types.length > 0 && others.length > 0) {
    merged['type'] = types.filter((type) => others.includes(type));
  }
  if (Array.isArray(a['enum']) && Array.isArray(b['enum'])) {
    const kept = b['enum'];
    merged['enum'] = a['enum'].filter((value) => kept.some((other) => same(value, other)));
  }
  return merged;
}

function typesOf(schema: Schema): string[] {
  const given = schema['type'];
  const types = (Array.isArray(given) ? given : [given]).filter(
    (type): type is string => typeof type === 'string' && TYPES.includes(type),
  );
  return types.includes('number') ? types.filter((type) => type !== 'integer') : types;
}

/** What a schema is shown as. */
export function shapeOf(given: unknown, root: Schema): Shape {
  const schema = resolve(given, root);
  const plain = (kind: Kind, nullable = false): Shape => ({ kind, schema, nullable, branches: [] });
  if ('const' in schema) return plain('constant');
  if (Array.isArray(schema['enum'])) return plain('options');
  const branches = branchesOf(schema, root);
  if (branches.length > 0) {
    const rest = branches.filter((branch) => !isNull(branch.schema, root));
    const nullable = rest.length < branches.length;
    const [only] = rest;
    if (rest.length === 1 && only) {
      const shape = shapeOf(only.schema, root);
      return { ...shape, nullable: nullable || shape.nullable };
    }
    if (rest.length > 1) return { kind: 'choice', schema, nullable, branches: rest };
  }
  const types = typesOf(schema);
  const others = types.filter((type) => type !== 'null');
  const nullable = others.length < types.length;
  if (others.length > 1) {
    const each = others.map((type) => ({ label: type, schema: { ...schema, type } }));
    return { kind: 'choice', schema, nullable, branches: each };
  }
  return plain(kindOf(others[0] ?? types[0], schema), nullable && others.length > 0);
}

function isNull(schema: Schema, root: Schema): boolean {
  const found = resolve(schema, root);
  return same(typesOf(found), ['null']) || ('const' in found && found['const'] === null);
}

function kindOf(type: string | undefined, schema: Schema): Kind {
  switch (type) {
    case 'string':
      return 'text';
    case 'number':
    case 'integer':
    case 'boolean':
    case 'null':
      return type;
    case 'array':
      return Array.isArray(schema['items']) ? 'tuple' : 'array';
    case 'object':
      return objectKind(schema) ?? 'json';
    default:
      return objectKind(schema) ?? ('items' in schema ? kindOf('array', schema) : 'json');
  }
}

function objectKind(schema: Schema): Kind | undefined {
  if (Object.keys(record(schema['properties'])).length > 0) return 'object';
  if (isRecord(schema['patternProperties'])) return 'record';
  if (isRecord(schema['additionalProperties'])) return 'record';
  return schema['type'] === 'object' && schema['additionalProperties'] === false
    ? 'object'
    : undefined;
}

/** `oneOf` or `anyOf` as things to choose from; none where they only narrow what is there. */
function branchesOf(schema: Schema, root: Schema): Branch[] {
  const word = Array.isArray(schema['oneOf']) ? 'oneOf' : 'anyOf';
  const given = list(schema[word]);
  if (given.every((branch) => narrowsOnly(resolve(branch, root)))) return [];
  const { [word]: _branches, title: _title, ...base } = schema;
  const discriminator = text(schema['discriminator']);
  return given.map((branch, index) => {
    const found = resolve(branch, root);
    const merged = merge(base, found);
    const key = refName(branch) ?? text(found['title']);
    return {
      label: text(found['title']) ?? key ?? labelOf(found, index),
      schema: discriminator && key ? merge(merged, tagged(discriminator, key, found)) : merged,
    };
  });
}

/** AsyncAPI's `discriminator`: the property says the name of the schema that holds. */
function tagged(property: string, name: string, branch: Schema): Schema {
  const own = record(record(branch['properties'])[property]);
  const value = 'const' in own ? own['const'] : name;
  return { properties: { [property]: { const: value } }, required: [property] };
}

function narrowsOnly(branch: Schema): boolean {
  const shown = ['type', 'properties', 'enum', 'const', 'items', 'oneOf', 'anyOf', 'patternProperties'];
  return !shown.some((word) => word in branch);
}

function labelOf(branch: Schema, index: number): string {
  if ('const' in branch) return JSON.stringify(branch['const']);
  const types = typesOf(branch);
  return types.length > 0 ? `${index + 1}: ${types.join(' or ')}` : `choice ${index + 1}`;
}

/** Appends a step to a JSON pointer. */
export function below(pointer: string, step: string | number): string {
  return `${pointer}/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
