// Written by fs7, anew at every `fs7 pages`: do not edit.
//
// The schemas of the contract. TypeScript cannot say all that JSON Schema can, such as bounds,
// patterns and formats: the server may still refuse what fits a type.
[% for declaration in declarations %]
[[ declaration ]]
[% else %]
export {};
[% endfor -%]
