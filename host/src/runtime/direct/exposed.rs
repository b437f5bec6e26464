//! What of a module's state can be put back after an event. Its memory can, and so can numbers in
//! its globals, where the module shows them to the host. A module whose code could change anything
//! else (a table, which segments are left) can not be made as good as new.

use std::ops::Range;

use wasmparser::{DataKind, Operator, Parser, Payload, ValType};

use super::write_leb128;

/// Before the number of a global, in the name under which the module shows it.
const GLOBAL: &str = "fs7-global-";

/// Section 1 of a component: core modules (component model, Binary.md).
const CORE_MODULE: u8 = 1;

/// Section 7 of a module: exports (core specification, 5.5.10).
const EXPORTS: u8 = 7;

/// A global's number: its sort among exports.
const GLOBAL_SORT: u8 = 3;

/// The state of a module that its code can change, all of which can be put back.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Exposed {
    /// Its globals that are no constants, by number.
    globals: Vec<u32>,
    /// Where its memory is not zero to begin with.
    pub(super) data: Vec<Range<usize>>,
}

impl Exposed {
    /// Reads a valid module that imports functions only. `None`: there is more to put back.
    pub(super) fn of(module: &[u8]) -> Option<Self> {
        let mut exposed = Self::default();
        let mut memories = 0;
        let mut has_exports = false;
        for payload in Parser::new(0).parse_all(module) {
            match payload.ok()? {
                Payload::GlobalSection(globals) => {
                    for (number, global) in (0..).zip(globals) {
                        let ty = global.ok()?.ty;
                        if ty.mutable {
                            (is_number(ty.content_type) && !ty.shared).then_some(())?;
                            exposed.globals.push(number);
                        }
                    }
                }
                Payload::MemorySection(section) => {
                    for memory in section {
                        let memory = memory.ok()?;
                        memories += 1;
                        let is_usual =
                            !memory.memory64 && !memory.shared && memory.page_size_log2.is_none();
                        is_usual.then_some(())?;
                    }
                }
                Payload::ExportSection(exports) => {
                    has_exports = true;
                    for export in exports {
                        // The host adds those.
                        (!export.ok()?.name.starts_with(GLOBAL)).then_some(())?;
                    }
                }
                Payload::DataSection(segments) => {
                    for segment in segments {
                        let segment = segment.ok()?;
                        if let DataKind::Active {
                            memory_index: 0,
                            offset_expr,
                        } = segment.kind
                        {
                            let mut offset = offset_expr.get_operators_reader();
                            let Operator::I32Const { value } = offset.read().ok()? else {
                                return None;
                            };
                            let start = usize::try_from(value.cast_unsigned()).ok()?;
                            let end = start.checked_add(segment.data.len())?;
                            exposed.data.push(start..end);
                        }
                    }
                }
                Payload::CodeSectionEntry(body) => {
                    for operator in body.get_operators_reader().ok()? {
                        leaves_the_rest(&operator.ok()?).then_some(())?;
                    }
                }
                _ => {}
            }
        }
        (memories == 1 && has_exports).then_some(exposed)
    }

    /// The names under which [`Self::show`] adds its globals.
    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        self.globals
            .iter()
            .map(|number| format!("{GLOBAL}{number}"))
    }

    /// The component with all this among the exports of its module of that number.
    pub(super) fn show(&self, component: &[u8], module: u32) -> Option<Vec<u8>> {
        let mut modules = sections(component).filter(|section| section.id == CORE_MODULE);
        let section = modules.nth(usize::try_from(module).ok()?)?;
        let inner = component.get(section.contents.clone())?;
        let shown = self.with_exports(inner)?;
        replaced(component, &section, &shown)
    }

    fn with_exports(&self, module: &[u8]) -> Option<Vec<u8>> {
        let section = sections(module).find(|section| section.id == EXPORTS)?;
        let (count, entries) = read_leb128(module.get(section.contents.clone())?)?;
        let mut exports = Vec::with_capacity(entries.len() + 24 * self.globals.len() + 5);
        write_leb128(
            &mut exports,
            count.checked_add(u32::try_from(self.globals.len()).ok()?)?,
        );
        exports.extend_from_slice(entries);
        for (number, name) in self.globals.iter().zip(self.names()) {
            write_leb128(&mut exports, u32::try_from(name.len()).ok()?);
            exports.extend_from_slice(name.as_bytes());
            exports.push(GLOBAL_SORT);
            write_leb128(&mut exports, *number);
        }
        replaced(module, &section, &exports)
    }
}

/// The core module of that number in a component.
pub(super) fn module_at(component: &[u8], module: u32) -> Option<&[u8]> {
    let mut modules = sections(component).filter(|section| section.id == CORE_MODULE);
    component.get(modules.nth(usize::try_from(module).ok()?)?.contents)
}

fn is_number(ty: ValType) -> bool {
    matches!(
        ty,
        ValType::I32 | ValType::I64 | ValType::F32 | ValType::F64 | ValType::V128
    )
}

/// Whether an instruction changes nothing but memory, globals and what ends with its function.
/// Tables keep what they held, and segments that could be dropped stay unused.
fn leaves_the_rest(operator: &Operator<'_>) -> bool {
    !matches!(
        operator,
        Operator::TableSet { .. }
            | Operator::TableGrow { .. }
            | Operator::TableFill { .. }
            | Operator::TableCopy { .. }
            | Operator::TableInit { .. }
            | Operator::ElemDrop { .. }
            | Operator::MemoryInit { .. }
            | Operator::DataDrop { .. }
            | Operator::TableAtomicSet { .. }
            | Operator::TableAtomicRmwXchg { .. }
            | Operator::TableAtomicRmwCmpxchg { .. }
    )
}

/// A section of a module or a component.
#[derive(Debug, PartialEq, Eq)]
struct Section {
    id: u8,
    /// Where it begins, with its number and its size.
    start: usize,
    contents: Range<usize>,
}

/// The sections behind the preamble of 8 bytes, which both kinds of binary have alike.
fn sections(bytes: &[u8]) -> impl Iterator<Item = Section> {
    let mut at = 8;
    std::iter::from_fn(move || {
        let (id, rest) = bytes.get(at..)?.split_first()?;
        let (size, behind) = read_leb128(rest)?;
        let begin = bytes.len() - behind.len();
        let end = begin.checked_add(usize::try_from(size).ok()?)?;
        let section = Section {
            id: *id,
            start: at,
            contents: begin..end,
        };
        at = end;
        (end <= bytes.len()).then_some(section)
    })
}

/// The bytes with other contents in a section.
fn replaced(bytes: &[u8], section: &Section, contents: &[u8]) -> Option<Vec<u8>> {
    let mut all = Vec::with_capacity(bytes.len() + contents.len());
    all.extend_from_slice(bytes.get(..section.start)?);
    all.push(section.id);
    write_leb128(&mut all, u32::try_from(contents.len()).ok()?);
    all.extend_from_slice(contents);
    all.extend_from_slice(bytes.get(section.contents.end..)?);
    Some(all)
}

/// An unsigned number of 32 bits (core specification, 5.2.2), and what follows it.
fn read_leb128(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let mut number = 0_u64;
    for (index, byte) in bytes.iter().enumerate().take(5) {
        number |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((u32::try_from(number).ok()?, bytes.get(index + 1..)?));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use wasmtime::{Engine, Instance, Module, Store, Val};

    use super::*;

    /// A module that may have more in it.
    fn module(more: &str) -> Vec<u8> {
        let usual = "(memory (export \"memory\") 1)
            (table 2 funcref) (elem $two (i32.const 0) $f $f) (elem $idle func $f)
            (data (i32.const 4090) \"0123456789\") (data $later \"later\")
            (global $still i32 (i32.const 1))
            (global $moves (mut i32) (i32.const 2)) (global $wide (mut i64) (i64.const 3))
            (func $f (export \"f\") (global.set $moves (i32.const 9)))";
        wat::parse_str(format!("(module {usual} {more})")).unwrap()
    }

    #[test]
    fn only_what_can_be_put_back_is_exposed() {
        let exposed = Exposed::of(&module("")).unwrap();
        assert_eq!(exposed.globals, [1, 2]);
        assert!(matches!(
            &exposed.data[..],
            [Range {
                start: 4_090,
                end: 4_100
            }]
        ));
        for (more, is_exposed) in [
            (
                "(func (memory.fill (i32.const 0) (i32.const 1) (i32.const 9)))",
                true,
            ),
            (
                "(func (memory.copy (i32.const 0) (i32.const 1) (i32.const 9)))",
                true,
            ),
            ("(func (drop (memory.grow (i32.const 1))))", true),
            ("(func (drop (table.get (i32.const 0))))", true),
            ("(func (table.set (i32.const 0) (ref.null func)))", false),
            (
                "(func (drop (table.grow (ref.null func) (i32.const 1))))",
                false,
            ),
            (
                "(func (table.fill (i32.const 0) (ref.null func) (i32.const 1)))",
                false,
            ),
            (
                "(func (table.copy (i32.const 0) (i32.const 1) (i32.const 1)))",
                false,
            ),
            (
                "(func (table.init $idle (i32.const 0) (i32.const 0) (i32.const 1)))",
                false,
            ),
            ("(func (elem.drop $idle))", false),
            (
                "(func (memory.init $later (i32.const 0) (i32.const 0) (i32.const 1)))",
                false,
            ),
            ("(func (data.drop $later))", false),
            ("(global (mut funcref) (ref.null func))", false),
            ("(memory 1)", false),
            ("(func (export \"fs7-global-7\"))", false),
        ] {
            assert_eq!(Exposed::of(&module(more)).is_some(), is_exposed, "{more}");
        }
        for other in ["(module (memory 1))", "(module (func (export \"f\")))"] {
            assert_eq!(
                Exposed::of(&wat::parse_str(other).unwrap()),
                None,
                "{other}"
            );
        }
        let whole = module("");
        for cut in [0, 8, whole.len() / 2, whole.len() - 1] {
            assert_eq!(Exposed::of(&whole[..cut]), None, "cut at {cut}");
        }
    }

    #[test]
    fn globals_are_shown_by_their_numbers() {
        let bytes = module("");
        let exposed = Exposed::of(&bytes).unwrap();
        let shown = exposed.with_exports(&bytes).unwrap();
        let engine = Engine::default();
        let mut store = Store::new(&engine, ());
        let shown = Module::new(&engine, shown).unwrap();
        let instance = Instance::new(&mut store, &shown, &[]).unwrap();
        let f = instance.get_typed_func::<(), ()>(&mut store, "f").unwrap();
        f.call(&mut store, ()).unwrap();
        let mut found = Vec::new();
        for name in exposed.names() {
            let global = instance.get_global(&mut store, &name).unwrap();
            found.push(global.get(&mut store));
        }
        assert!(matches!(found[..], [Val::I32(9), Val::I64(3)]), "{found:?}");
    }
}
