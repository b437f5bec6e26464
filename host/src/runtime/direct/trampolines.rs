//! The modules beside a guest. `wit-component` puts two there when the guest's imports need its
//! memory: one of trampolines, each of which calls one entry of a table, and one that fills the
//! table. Whether they are these two, and nothing that only looks like them, is read from their
//! code. A third may adapt WASI 0.1.

use wasmparser::{
    ElementItems, ElementKind, ExternalKind, FunctionBody, Operator, Parser, Payload, TypeRef,
};

use super::shape::TABLE;

/// How many trampolines a module has, if it has nothing else: the function exported as `N` hands
/// its parameters to entry `N` of the exported table.
pub(super) fn count(module: &[u8]) -> Option<u32> {
    let (mut count, mut bodies) = (0, 0);
    for payload in Parser::new(0).parse_all(module) {
        match payload.ok()? {
            Payload::Version { .. }
            | Payload::TypeSection(_)
            | Payload::FunctionSection(_)
            | Payload::CodeSectionStart { .. }
            | Payload::CustomSection(_)
            | Payload::End(_) => {}
            Payload::TableSection(tables) => (tables.count() == 1).then_some(())?,
            Payload::ExportSection(exports) => {
                for export in exports {
                    let export = export.ok()?;
                    match export.kind {
                        ExternalKind::Func => {
                            (export.name == export.index.to_string()).then_some(())?;
                            count += 1;
                        }
                        ExternalKind::Table => (export.name == TABLE).then_some(())?,
                        _ => return None,
                    }
                }
            }
            Payload::CodeSectionEntry(body) => {
                is_trampoline(&body, bodies).then_some(())?;
                bodies += 1;
            }
            _ => return None,
        }
    }
    (count == bodies).then_some(count)
}

/// Parameters in their order, the entry, the call, and nothing else.
fn is_trampoline(body: &FunctionBody<'_>, entry: u32) -> bool {
    let Ok(operators) = body.get_operators_reader() else {
        return false;
    };
    let mut parameters = 0;
    let mut rest = operators.into_iter();
    let chosen = loop {
        match rest.next() {
            Some(Ok(Operator::LocalGet { local_index })) if local_index == parameters => {
                parameters += 1;
            }
            Some(Ok(Operator::I32Const { value })) => break u32::try_from(value).ok(),
            _ => return false,
        }
    };
    let calls = matches!(
        rest.next(),
        Some(Ok(Operator::CallIndirect { table_index: 0, .. }))
    );
    chosen == Some(entry)
        && calls
        && matches!(rest.next(), Some(Ok(Operator::End)))
        && rest.next().is_none()
}

/// Whether making an instance of a module does nothing but to make it: it starts nothing by itself,
/// and writes into no memory and no table.
pub(super) fn is_inert(module: &[u8]) -> bool {
    Parser::new(0).parse_all(module).all(|payload| {
        payload.is_ok_and(|payload| {
            !matches!(
                payload,
                Payload::StartSection { .. }
                    | Payload::DataSection(_)
                    | Payload::ElementSection(_)
                    | Payload::UnknownSection { .. }
            )
        })
    })
}

/// How many entries of the table a module fills, if it does nothing else: entry `N` with the
/// function that it imports as `N`.
pub(super) fn filled(module: &[u8]) -> Option<u32> {
    let (mut functions, mut entries) = (0_u32, None);
    for payload in Parser::new(0).parse_all(module) {
        match payload.ok()? {
            Payload::Version { .. }
            | Payload::TypeSection(_)
            | Payload::CustomSection(_)
            | Payload::End(_) => {}
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let import = import.ok()?;
                    match import.ty {
                        TypeRef::Func(_) if import.name == functions.to_string() => functions += 1,
                        TypeRef::Table(_) if import.name == TABLE => {}
                        _ => return None,
                    }
                }
            }
            Payload::ElementSection(elements) => {
                for element in elements {
                    let element = element.ok()?;
                    entries.is_none().then_some(())?;
                    entries = Some(in_order(&element.kind, &element.items)?);
                }
            }
            _ => return None,
        }
    }
    (entries == Some(functions)).then_some(functions)
}

/// The number of functions that a segment puts into table 0 from its first entry on, in their
/// order.
fn in_order(kind: &ElementKind<'_>, items: &ElementItems<'_>) -> Option<u32> {
    let ElementKind::Active {
        table_index,
        offset_expr,
    } = kind
    else {
        return None;
    };
    let mut offset = offset_expr.get_operators_reader().into_iter();
    let starts = matches!(offset.next(), Some(Ok(Operator::I32Const { value: 0 })));
    (table_index.unwrap_or(0) == 0 && starts).then_some(())?;
    let ElementItems::Functions(functions) = items else {
        return None;
    };
    let mut count = 0;
    for function in functions.clone() {
        (function.ok()? == count).then_some(())?;
        count += 1;
    }
    Some(count)
}
